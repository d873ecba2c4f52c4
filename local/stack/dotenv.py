"""Writes `.env` for docker compose: the example with fresh secrets in it."""

import os
from collections.abc import Callable
from pathlib import Path

from local.errors import LocalStackError
from local.stack.credentials import fernet_key, signing_secret, write_private

SECRETS: dict[str, Callable[[], str]] = {
    "POSTGRES_PASSWORD": signing_secret,
    "AIRFLOW_DB_PASSWORD": signing_secret,
    "AIRFLOW_ADMIN_PASSWORD": signing_secret,
    "AIRFLOW_WATCH_PASSWORD": signing_secret,
    "ELASTICSEARCH_ADMIN_PASSWORD": signing_secret,
    "ELASTICSEARCH_PASSWORD": signing_secret,
    "AIRFLOW__CORE__FERNET_KEY": fernet_key,
    "AIRFLOW__API_AUTH__JWT_SECRET": signing_secret,
    "AIRFLOW__API__SECRET_KEY": signing_secret,
}


def write_dotenv(example: Path, target: Path, *, force: bool = False) -> None:
    """Write `target` (mode 600) from `example`, each of `SECRETS` filled with a fresh value.

    Raises LocalStackError when the target is there and `force` is not given: its secrets may be in use.
    """
    if target.exists() and not force:
        raise LocalStackError(
            f"{target} is there already and was left as it is: databases may depend on its secrets. "
            "FORCE=1 overwrites it."
        )
    text = with_secrets(example.read_text(encoding="utf-8"))
    target.unlink(missing_ok=True)
    write_private(target, text)


def with_secrets(example: str) -> str:
    """The example's text with a fresh value for each of `SECRETS`.

    Raises LocalStackError when the example lacks one of them.
    """
    lines = example.splitlines()
    absent = [name for name in SECRETS if f"{name}=" not in lines]
    if absent:
        raise LocalStackError(
            f".env.example has no empty {', '.join(absent)}. Take it from the repository again."
        )
    return "\n".join(filled(line) for line in lines) + "\n"


def filled(line: str) -> str:
    """A line of the example, with a fresh secret behind an empty name of `SECRETS`.

    The containers run as whoever calls, so that they can write to the caller's folders; never as root.
    """
    if line.startswith("AIRFLOW_UID=") and os.getuid() != 0:
        return f"AIRFLOW_UID={os.getuid()}"
    make = SECRETS.get(line.removesuffix("="))
    return f"{line}{make()}" if make and line.endswith("=") else line
