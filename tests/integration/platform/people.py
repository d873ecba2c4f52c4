"""The platform's users, written and read through its own models, as its pages do."""

from typing import Any

from tests.platform import orm

orm.start()

from tests.platform.users.models import Interest, Person, Preferences, ProfessionalBackground  # noqa: E402


def signs_up(email: str, **fields: Any) -> Person:
    """A person with no more than an account."""
    return Person.objects.create(
        email=email, name=fields.pop("name", "Somebody"), phone="", gender="", **fields
    )


def fills_in(person: Person, *interests: str, years: int | None = None, goals: str | None = None) -> None:
    """The person's own preferences, interests and years."""
    preferences = Preferences.objects.create(
        person=person, preferred_language="en", learning_mode="text", goals=goals
    )
    for name in interests:
        Interest.objects.create(preferences=preferences, name=name)
    if years is not None:
        ProfessionalBackground.objects.create(person=person, total_experience_years=years, jobs="Baker")


def profile(email: str) -> dict[str, Any]:
    """What the pages of a person show."""
    person = Person.objects.select_related("preferences", "academic", "professional").get(email__iexact=email)
    preferences = getattr(person, "preferences", None)
    academic, professional = getattr(person, "academic", None), getattr(person, "professional", None)
    interests = preferences.interests.order_by("name") if preferences else []
    return {
        "name": person.name,
        "age": person.age,
        "gender": person.gender,
        "email": person.email,
        "phone": person.phone,
        "predicted_level": person.predicted_level,
        "language": preferences and preferences.preferred_language,
        "mode": preferences and preferences.learning_mode,
        "interests": [interest.name for interest in interests],
        "level": academic and academic.highest_academic_level,
        "years": professional and professional.total_experience_years,
    }
