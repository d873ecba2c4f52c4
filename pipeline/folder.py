"""The folder of one run: data travels between steps by path, never in memory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from upath import UPath

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RunFolder:
    """A folder (path or fsspec URL) that belongs to one run; every file in it appears whole or not at all."""

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
        target = self._target(f"{name}.parquet")
        part = target.with_name(f".{target.name}.part")
        with part.open("wb") as file:
            frame.to_parquet(file, index=False)
        part.rename(target)
        return str(target)

    def read_frame(self, name: str, columns: list[str] | None = None) -> "pd.DataFrame":
        """The frame that an earlier step of this run wrote."""
        import pandas as pd

        with (UPath(self.url) / f"{name}.parquet").open("rb") as file:
            return pd.read_parquet(file, columns=columns)

    def write_facts(self, name: str, facts: Mapping[str, Any]) -> None:
        """Write small facts as JSON."""
        target = self._target(f"{name}.json")
        part = target.with_name(f".{target.name}.part")
        part.write_text(json.dumps(facts, ensure_ascii=False, indent=1))
        part.rename(target)

    def read_facts(self, name: str) -> dict[str, Any]:
        """The facts that an earlier step of this run wrote."""
        facts: dict[str, Any] = json.loads((UPath(self.url) / f"{name}.json").read_text())
        return facts

    def _target(self, name: str) -> UPath:
        folder = UPath(self.url)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name
