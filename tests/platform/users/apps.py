"""The application `users` of the platform: its tables are called `users_…`."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """As the platform has it."""

    name = "tests.platform.users"
    label = "users"
    default_auto_field = "django.db.models.BigAutoField"
