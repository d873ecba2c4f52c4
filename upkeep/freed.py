"""What one step of the maintenance freed, and the sum of all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.handover import Told, from_json


@dataclass(frozen=True)
class Freed:
    """What a step deleted, or would delete in a dry run.

    counts: by name, such as `log files` or `log bytes`. note: a sentence, where there is something to say.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    dry_run: bool = False
    note: str = ""

    def __str__(self) -> str:
        freed = ", ".join(f"{count:,} {name}" for name, count in self.counts.items()) or "nothing"
        line = f"Would be freed: {freed}" if self.dry_run else f"Freed: {freed}"
        return f"{line}. {self.note}".rstrip()


def summed(steps: Iterable[Mapping[str, Any] | None]) -> Told:
    """What people are told of all steps: their counts, the same name added up, and their notes.

    steps: JSON of `Freed`; None for one that failed.
    """
    counts: dict[str, int] = {}
    notes = []
    for step in steps:
        if step is None:
            continue
        freed = from_json(Freed, step)
        for name, count in freed.counts.items():
            counts[name] = counts.get(name, 0) + count
        if freed.note:
            notes.append(freed.note)
    return Told(counts, tuple(notes))
