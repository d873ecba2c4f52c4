"""Secrets of the local stack: made at the first start, kept under the root with mode 600."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

OWNER_ONLY = 0o600


@dataclass(frozen=True)
class Credentials:
    """What Airflow signs and encrypts with, and how Elasticsearch is reached.

    elasticsearch_password: of its superuser; elasticsearch_api_key: empty until the server has made it.
    watch_password: of the user by whom the DAGs ask Airflow about itself.
    """

    fernet_key: str
    jwt_secret: str
    session_secret: str
    elasticsearch_password: str
    watch_password: str
    elasticsearch_api_key: str = ""


def fernet_key() -> str:
    """A fresh Fernet key: 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")


def signing_secret() -> str:
    """A fresh secret for signatures and passwords: 48 random bytes in URL-safe base64, without padding."""
    return secrets.token_urlsafe(48)


def stored_credentials(path: Path) -> Credentials:
    """The credentials in a JSON file; those that are not there, or the whole file, are made afresh."""
    known = json.loads(path.read_text()) if path.exists() else {}
    fresh = Credentials(fernet_key(), *(signing_secret() for _ in range(4)))
    complete = Credentials(**{**asdict(fresh), **known})
    if asdict(complete) != known:
        replace_private(path, json.dumps(asdict(complete), indent=2))
    return complete


def store_elasticsearch_api_key(path: Path, api_key: str) -> None:
    """Put an encoded API key among the stored credentials."""
    changed = replace(stored_credentials(path), elasticsearch_api_key=api_key)
    replace_private(path, json.dumps(asdict(changed), indent=2))


def replace_private(path: Path, text: str) -> None:
    """Write a private file in one step, over the one that may be there."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    write_private(fresh, text)
    fresh.replace(path)


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody but its owner can read, not even for a moment.

    Raises FileExistsError when it is there already.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY), "w") as file:  # noqa: PTH123
        file.write(text)
