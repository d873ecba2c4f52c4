"""The Dockerfile: what the linter says, what gets into the image."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_hadolint_reports_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_base_can_be_replaced_and_is_the_same_in_every_stage() -> None:
    assert "ARG BASE_IMAGE=python:3.11-slim-bookworm" in DOCKERFILE
    stages = [line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("FROM ")]
    assert stages == ["${BASE_IMAGE}"] * 3


def test_every_install_is_pinned_and_hashed() -> None:
    installs = [line for line in DOCKERFILE.splitlines() if "pip install" in line]
    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes" in install or "--no-build-isolation" in install, install


def test_the_image_runs_as_an_unprivileged_user() -> None:
    users = [line for line in DOCKERFILE.splitlines() if line.startswith("USER ")]
    assert users == ["USER 50000:0"]


def test_airflow_finds_the_settings_module_that_warms_it() -> None:
    [path] = [line for line in DOCKERFILE.splitlines() if "PYTHONPATH=" in line]
    folders = path.split("=")[1].removesuffix(" \\").split(":")
    assert folders == ["/opt/inlearning", "/opt/inlearning/provider/config"]
    assert (ROOT / "provider" / "config" / "airflow_local_settings.py").is_file()


def test_only_what_is_copied_reaches_the_builder() -> None:
    allowed = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = {
        word
        for line in DOCKERFILE.splitlines()
        if line.startswith("COPY ") and "--from=" not in line
        for word in line.split()[1:-1]
        if not word.startswith("--")
    }
    assert copied == allowed
    assert not any(path.split("/")[0] in ("local", "tests", "var", ".env") for path in copied)
