"""The name of a run in the names of files, folders and pages."""

import hashlib
import re

SLUG_LENGTH = 120


def slug(run: str) -> str:
    """The run id as the name of a file, at most `SLUG_LENGTH` characters; long ids end in a checksum."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", run).lstrip(".-") or "run"
    if len(name) <= SLUG_LENGTH:
        return name
    return f"{name[: SLUG_LENGTH - 9]}-{hashlib.sha256(run.encode()).hexdigest()[:8]}"
