"""One node in a folder of its own: configuration, keystore, data, logs and snapshots."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.elasticsearch import account
from local.errors import LocalStackError

OWNER_ONLY_FOLDER = 0o700
HEAP = "512m"
QUICK_START = ("-XX:TieredStopAtLevel=1",)
"""Options of a JVM that is up in half the processor time, and slower once it has run for minutes."""
# Absolute: with percentages a developer's well-filled disk would block every index.
WATERMARKS = {"low": "1gb", "high": "500mb", "flood_stage": "250mb"}
FOLDERS = ("config", "config/jvm.options.d", "data", "logs", "snapshots", "tmp")
KEYSTORE_SECONDS = 60


@dataclass(frozen=True)
class Node:
    """A node.

    folder: all of its state; distribution: the assembled server; port: of HTTP, on 127.0.0.1.
    options: of its JVM, beside the heap.
    """

    folder: Path
    distribution: Path
    port: int
    options: tuple[str, ...] = QUICK_START

    @property
    def url(self) -> str:
        """Address of the node."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def snapshots(self) -> Path:
        """The folder that a snapshot repository may use."""
        return self.folder / "snapshots"

    @property
    def logs(self) -> Path:
        """Folder of the server's own logs; the server's working directory, too."""
        return self.folder / "logs"

    @property
    def command(self) -> tuple[str, ...]:
        """What starts it, in the foreground."""
        return (str(self.distribution / "bin" / "elasticsearch"),)

    def variables(self, jdk: Path) -> dict[str, str]:
        """The environment variables that it needs, beside PATH."""
        return {
            "ES_JAVA_HOME": str(jdk),
            "ES_PATH_CONF": str(self.folder / "config"),
            "ES_TMPDIR": str(self.folder / "tmp"),
        }

    def prepare(self, *, jdk: Path, password: str) -> None:
        """Make the folder ready for a start; may be called again.

        password: of the superuser `elastic`, which counts from the first start on.
        Raises LocalStackError when the keystore cannot be made.
        """
        for name in FOLDERS:
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(OWNER_ONLY_FOLDER)
        self._write_config()
        user = account.needed_user()
        if user:
            account.ensure_user(user)
            account.let_through(self.folder)
            account.let_through(self.distribution)
            shutil.chown(self.folder, user, user)
            for name in FOLDERS:
                shutil.chown(self.folder / name, user, user)
            account.hand_over(self.folder / "config", user)
        if not (self.folder / "config" / "elasticsearch.keystore").exists():
            self._make_keystore(password, self.variables(jdk), user)

    def settings(self) -> Mapping[str, str]:
        """What stands in `elasticsearch.yml`."""
        watermarks = {
            f"cluster.routing.allocation.disk.watermark.{name}": size for name, size in WATERMARKS.items()
        }
        return {
            "cluster.name": "inlearning",
            "node.name": "local",
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": str(self.port),
            # Any free one: nobody talks to it.
            "transport.port": "0",
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.logs),
            "path.repo": str(self.snapshots),
            "xpack.security.enabled": "true",
            "xpack.security.http.ssl.enabled": "false",
            "xpack.security.transport.ssl.enabled": "false",
            **watermarks,
        }

    def _write_config(self) -> None:
        config = self.folder / "config"
        for source in (self.distribution / "config").iterdir():
            if source.is_file() and not (config / source.name).exists():
                shutil.copyfile(source, config / source.name)
        lines = [f'{name}: "{value}"\n' for name, value in self.settings().items()]
        (config / "elasticsearch.yml").write_text("".join(lines))
        options = (f"-Xms{HEAP}", f"-Xmx{HEAP}", *self.options)
        (config / "jvm.options.d" / "heap.options").write_text("\n".join(options) + "\n")

    def _make_keystore(self, password: str, variables: Mapping[str, str], user: str | None) -> None:
        tool = str(self.distribution / "bin" / "elasticsearch-keystore")
        done = subprocess.run(
            (tool, "add", "--force", "--stdin", "bootstrap.password"),
            input=password,
            env={**clean_environment(), **variables},
            cwd=self.folder / "tmp" if user is None else "/",
            user=user,
            group=user,
            extra_groups=[] if user else None,
            capture_output=True,
            text=True,
            timeout=KEYSTORE_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            reason = (done.stderr or done.stdout).strip()[-500:]
            raise LocalStackError(f"Elasticsearch's keystore in {self.folder} cannot be made: {reason}")


def clean_environment(inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables of `inherited` that cannot bend a node."""
    return {name: value for name, value in inherited.items() if not name.startswith(("ES_", "CLI_JAVA_"))}
