"""The folder of one run: data travels between steps by path, never in memory."""

import hashlib
import io
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from upath import UPath

from pipeline import private
from pipeline.errors import ChangedSinceApprovalError

if TYPE_CHECKING:
    import pandas as pd

Place = TypeVar("Place", Path, UPath)

CHUNK = 1 << 20
START_AGAIN = "Nothing was written. Start a new run."


@dataclass(frozen=True)
class RunFolder:
    """A folder (path or fsspec URL) that belongs to one run; every file in it appears whole or not at all.

    Only its owner may read it.
    """

    url: str

    @classmethod
    def of(cls, staging_url: str, run_name: str) -> "RunFolder":
        """The folder of a run. run_name: the run's id as a file name (no `:` or `/`)."""
        return cls(str(UPath(staging_url) / run_name))

    def path(self, name: str) -> str:
        """Where the frame `name` is, or will be."""
        return str(UPath(self.url) / f"{name}.parquet")

    def write_frame(self, name: str, frame: "pd.DataFrame") -> str:
        """Write a frame as Parquet; returns its path."""
        with self.writing(name) as file:
            frame.to_parquet(file, index=False)
        return self.path(name)

    @contextmanager
    def writing(self, name: str) -> "Iterator[IO[bytes]]":
        """The file of a frame, to be written; it appears when the block ends without an error."""
        target = self._target(f"{name}.parquet")
        part = target.with_name(f".{target.name}.part")
        private.create_file(part)
        with part.open("wb") as file:
            yield file
        part.rename(target)

    def read_frame(
        self, name: str, columns: list[str] | None = None, *, approved: str = ""
    ) -> "pd.DataFrame":
        """The frame that an earlier step of this run wrote.

        approved: SHA-256 of its file as a person let it pass; empty: whatever it is.
        Raises ChangedSinceApprovalError when it is another file.
        """
        import pandas as pd

        with self.reading(name, approved=approved) as file:
            return pd.read_parquet(file, columns=columns)

    def reading(self, name: str, *, approved: str = "") -> "IO[bytes]":
        """The file of a frame, to be read. approved: as of `read_frame`."""
        path = self.path(name)
        return io.BytesIO(approved_file(path, approved)) if approved else UPath(path).open("rb")

    def _target(self, name: str) -> UPath:
        folder = UPath(self.url)
        private.make_folder(folder)
        return folder / name


def checksum(path: str) -> str:
    """SHA-256 of a file (path or fsspec URL)."""
    with UPath(path).open("rb") as file:
        # Not hashlib.file_digest: it takes no file of a remote storage.
        digest = hashlib.sha256()
        while part := file.read(CHUNK):
            digest.update(part)
    return digest.hexdigest()


def approved_file(path: str, approved: str) -> bytes:
    """The content of a file that a person let pass.

    approved: its SHA-256 then. Raises ChangedSinceApprovalError when it is another file now.
    """
    try:
        content = UPath(path).read_bytes()
    except FileNotFoundError:
        raise ChangedSinceApprovalError(f"{path}: gone since it was approved. {START_AGAIN}") from None
    found = hashlib.sha256(content).hexdigest()
    if found != approved:
        raise ChangedSinceApprovalError(
            f"{path}: changed since it was approved (SHA-256 {found[:12]}…, approved {approved[:12]}…). "
            f"{START_AGAIN}"
        )
    return content


def run_folders(staging: Place, frames: Sequence[str]) -> list[Place]:
    """The folders of runs that hold one of these frames, whole or half-written, ordered by name."""
    names = [name for frame in frames for name in (f"{frame}.parquet", f".{frame}.parquet.part")]
    return sorted({path.parent for name in names for path in staging.glob(f"*/{name}")})


def prune_folders(
    staging_url: str, frames: Sequence[str], *, older_than: datetime, dry_run: bool = False
) -> int:
    """Delete the folders of runs that hold one of these frames and are old; returns how many.

    dry_run: delete nothing, and count what would go.

    A staging URL that is no local folder has a life-cycle rule of its own instead.
    """
    limit = older_than.astimezone(UTC).timestamp()
    old = [path for path in run_folders(Path(staging_url), frames) if path.stat().st_mtime < limit]
    for folder in () if dry_run else old:
        shutil.rmtree(folder)
    return len(old)
