"""The users of the learning platform, as its own application declares them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models


class Person(models.Model):
    """Everybody with an account. Nothing here keeps an email unique."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE)
    name = models.CharField(max_length=255)
    age = models.PositiveSmallIntegerField(null=True)
    gender = models.CharField(max_length=1)
    email = models.EmailField(max_length=254)
    phone = models.CharField(max_length=20)
    profile_picture = models.FileField(blank=True)
    predicted_level = models.CharField(max_length=50, null=True)

    objects: ClassVar[models.Manager["Person"]]


class Preferences(models.Model):
    """How a person likes to learn; the goals are the person's own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="preferences")
    preferred_language = models.CharField(max_length=2)
    learning_mode = models.CharField(max_length=10)
    goals = models.TextField(null=True)


class AcademicBackground(models.Model):
    """What a person has studied."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="academic")
    highest_academic_level = models.CharField(max_length=10, null=True)


class ProfessionalBackground(models.Model):
    """How long a person has worked; the jobs are the person's own."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="professional")
    total_experience_years = models.IntegerField()
    jobs = models.TextField(null=True)


class Interest(models.Model):
    """One centre of interest of a person."""

    preferences = models.ForeignKey(Preferences, on_delete=models.CASCADE, related_name="interests")
    name = models.CharField(max_length=100)
