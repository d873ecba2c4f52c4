"""Finds the Java that Elasticsearch needs, without starting one."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from local.errors import LocalStackError

LEAST_VERSION = 21
# Elasticsearch loads it at its start; a runtime made by jlink usually lacks it.
NEEDED_MODULE = "jdk.incubator.vector"
USUAL_FOLDERS = (
    "/usr/lib/jvm",
    "/usr/java",
    "/usr/local/lib/jvm",
    "/opt",
    "/opt/java",
    "/Library/Java/JavaVirtualMachines",
    "~/.sdkman/candidates/java",
    "~/.jdks",
)


def find_jdk(
    environment: Mapping[str, str] = os.environ, folders: Sequence[str | Path] = USUAL_FOLDERS
) -> Path:
    """Folder of a full JDK: `ES_JAVA_HOME` first, then `JAVA_HOME`, the usual folders and `PATH`.

    Raises LocalStackError when none of them is one; the message says what was found instead.
    """
    seen: dict[Path, str] = {}
    for candidate in candidates(environment, folders):
        if candidate not in seen:
            seen[candidate] = shortcoming(candidate)
        if not seen[candidate]:
            return candidate
    found = ", ".join(f"{path} ({why})" for path, why in seen.items()) or "none"
    raise LocalStackError(
        f"No full JDK {LEAST_VERSION} or newer for Elasticsearch (found: {found}). Install one "
        "(https://adoptium.net) and set ES_JAVA_HOME, or set ELASTICSEARCH_HOST to a cluster of your own."
    )


def candidates(environment: Mapping[str, str], folders: Sequence[str | Path]) -> Iterator[Path]:
    """Folders that look like a Java home, in the order in which they are preferred."""
    for name in ("ES_JAVA_HOME", "JAVA_HOME"):
        if environment.get(name):
            yield Path(environment[name]).expanduser().resolve()
    for folder in folders:
        for pattern in ("*/release", "*/Contents/Home/release"):
            for release in sorted(Path(folder).expanduser().glob(pattern), reverse=True):
                yield release.parent.resolve()
    for command in ("javac", "java"):
        found = shutil.which(command, path=environment.get("PATH", os.defpath))
        if found:
            yield Path(found).resolve().parent.parent


def shortcoming(home: Path) -> str:
    """Why Elasticsearch cannot run on the Java of a folder; empty when it can."""
    release = home / "release"
    if not release.is_file() or not (home / "bin" / "java").is_file():
        return "no Java"
    values = dict(re.findall(r'^(\w+)="(.*)"$', release.read_text(errors="replace"), re.MULTILINE))
    version = values.get("JAVA_VERSION", "")
    major = re.match(r"\d+", version)
    if major is None or int(major[0]) < LEAST_VERSION:
        return f"version {version or 'unknown'}"
    modules = values.get("MODULES", "").split()
    if NEEDED_MODULE not in modules and not (home / "jmods" / f"{NEEDED_MODULE}.jmod").is_file():
        return f"no module {NEEDED_MODULE}"
    return ""
