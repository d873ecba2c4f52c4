"""Django in the tests' process: the platform's own migrations and models on a database of a test."""

from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.backends.postgresql.features import DatabaseFeatures
from sqlalchemy import URL

APPS = ("django.contrib.contenttypes", "django.contrib.auth", "tests.platform.users.apps.UsersConfig")


def start() -> None:
    """Set Django up, once a process."""
    if settings.configured:
        return
    # The platform's PostgreSQL 13 is older than what Django 5.2 supports; what is used of it here runs there.
    DatabaseFeatures.minimum_database_version = (13,)
    settings.configure(
        INSTALLED_APPS=APPS,
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "nowhere"}},
        USE_TZ=True,
    )
    django.setup()


def use(url: URL) -> None:
    """Have the models read and write the database of a URL."""
    start()
    leave()
    place: dict[str, Any] = {
        "NAME": url.database,
        "USER": url.username or "",
        "PASSWORD": url.password or "",
        "HOST": url.query.get("host") or url.host or "",
        "PORT": str(url.port or ""),
    }
    connections.databases["default"] |= place
    del connections["default"]


def migrate() -> None:
    """Make the platform's tables, as a deployment does."""
    call_command("migrate", verbosity=0)


def leave() -> None:
    """Close the connection to the database of a test, which can then be dropped."""
    connections["default"].close()
