"""Secrets of the local stack: made at the first start, kept under the root with mode 600."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

OWNER_ONLY = 0o600


@dataclass(frozen=True)
class Credentials:
    """What Airflow signs and encrypts with."""

    fernet_key: str
    jwt_secret: str
    session_secret: str


def fernet_key() -> str:
    """A fresh Fernet key: 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")


def signing_secret() -> str:
    """A fresh secret for signatures and passwords: 48 random bytes in URL-safe base64, without padding."""
    return secrets.token_urlsafe(48)


def stored_credentials(path: Path) -> Credentials:
    """The credentials in a JSON file, which is made with fresh ones when it is not there."""
    if not path.exists():
        fresh = Credentials(fernet_key(), signing_secret(), signing_secret())
        write_private(path, json.dumps(asdict(fresh), indent=2))
    return Credentials(**json.loads(path.read_text()))


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody but its owner can read, not even for a moment.

    Raises FileExistsError when it is there already.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY), "w") as file:  # noqa: PTH123
        file.write(text)
