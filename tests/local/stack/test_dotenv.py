"""`make env`: a private file in which no secret is empty and every setting of the example stands."""

import base64
import re
import stat
from pathlib import Path

import pytest

from local.errors import LocalStackError
from local.settings import PROJECT
from local.stack.dotenv import SECRETS, with_secrets, write_dotenv

EXAMPLE = PROJECT / ".env.example"
SECRET_NAME = re.compile(r"PASSWORD|SECRET|FERNET|TOKEN")


def variables(text: str) -> dict[str, str]:
    """Names and values of a `.env` file."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def test_only_the_owner_can_read_it(tmp_path: Path):
    write_dotenv(EXAMPLE, tmp_path / ".env")
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


def test_no_secret_is_empty_short_or_used_twice_and_everything_else_is_as_in_the_example(tmp_path: Path):
    write_dotenv(EXAMPLE, tmp_path / ".env")
    example, written = variables(EXAMPLE.read_text()), variables((tmp_path / ".env").read_text())
    secrets = [written[name] for name in SECRETS]
    assert all(len(secret) >= 32 for secret in secrets)
    assert len(set(secrets)) == len(SECRETS)
    assert {n: v for n, v in written.items() if n not in SECRETS} == {
        n: v for n, v in example.items() if n not in SECRETS
    }


def test_every_name_in_the_example_that_sounds_like_a_secret_is_empty_there_and_gets_a_value():
    example = variables(EXAMPLE.read_text())
    assert {name for name in example if SECRET_NAME.search(name)} == set(SECRETS)
    assert {example[name] for name in SECRETS} == {""}


def test_the_fernet_key_is_one():
    key = variables(with_secrets(EXAMPLE.read_text()))["AIRFLOW__CORE__FERNET_KEY"]
    assert len(base64.urlsafe_b64decode(key)) == 32


def test_an_existing_file_is_left_as_it_is_unless_forced(tmp_path: Path):
    target = tmp_path / ".env"
    target.write_text("POSTGRES_PASSWORD=in use\n")
    target.chmod(0o644)
    with pytest.raises(LocalStackError, match="FORCE=1"):
        write_dotenv(EXAMPLE, target)
    assert target.read_text() == "POSTGRES_PASSWORD=in use\n"
    write_dotenv(EXAMPLE, target, force=True)
    assert "in use\n" not in target.read_text()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_an_example_without_a_secret_is_refused():
    with pytest.raises(LocalStackError, match="AIRFLOW__CORE__FERNET_KEY"):
        with_secrets("\n".join(f"{name}=" for name in SECRETS if "FERNET" not in name))
