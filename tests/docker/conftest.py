"""The compose files as the reference parser of compose resolves them."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARSER_SOURCE = Path(__file__).parent / "compose"
COMPOSE_FILE = "docker-compose.yml"
JOINED_FILE = "docker-compose.inlearning.yml"

Project = dict[str, Any]
Resolve = Callable[..., "Resolved"]


@dataclass(frozen=True)
class Resolved:
    """What the parser says. project: None when it refuses the file; error: its message, empty otherwise."""

    project: Project | None
    error: str


@pytest.fixture(scope="session")
def parser() -> Path:
    """The reference parser, built from the pinned modules once per version and kept under var/cache/bin."""
    files = [PARSER_SOURCE / name for name in ("main.go", "go.mod", "go.sum")]
    version = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    program = ROOT / "var" / "cache" / "bin" / f"compose-{version}"
    if not program.exists():
        assert shutil.which("go"), "the compose parser is built with Go: put Go 1.24 or newer on PATH"
        subprocess.run(["go", "build", "-o", program, "."], cwd=PARSER_SOURCE, check=True, timeout=900)
    return program


@pytest.fixture(scope="session")
def resolve(parser: Path) -> Resolve:
    """`resolve(*files, env=…)`: the compose files with just these variables, .env of the checkout unread."""

    def resolve(*files: str, env: Mapping[str, str]) -> Resolved:
        folder = PARSER_SOURCE  # has no .env; relative paths are made absolute against it
        paths = [ROOT / file for file in files or (COMPOSE_FILE,)]
        done = subprocess.run(
            [parser, folder, *paths],
            capture_output=True,
            text=True,
            timeout=60,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **env},
        )
        return Resolved(json.loads(done.stdout) if done.returncode == 0 else None, done.stderr)

    return resolve


@pytest.fixture(scope="session")
def dotenv() -> dict[str, str]:
    """`.env` as `make env` makes it: the example, with a recognisable value for every secret."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    return {name: value or f"secret-of-{name}" for name, value in pairs}


@pytest.fixture(scope="session")
def project(resolve: Resolve, dotenv: dict[str, str]) -> Project:
    """docker-compose.yml, resolved."""
    resolved = resolve(COMPOSE_FILE, env=dotenv)
    assert resolved.project is not None, resolved.error
    return resolved.project


@pytest.fixture(scope="session")
def services(project: Project) -> dict[str, Project]:
    """The services of docker-compose.yml, resolved."""
    return dict(project["services"])
