"""The list of stored verdicts, which stands where the history cannot be read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from report.rendering import Frame, render
from report.said import Language
from report.site import Site
from report.words import word

AT_ONCE = 20
"""Verdicts of a gate that are seen without unfolding."""
WHEN = "%Y%m%dT%H%M%S.%fZ"
"""How `folder_of` writes when a gate began."""


@dataclass(frozen=True)
class File:
    """A stored verdict. moment: when its gate began; None when its folder does not tell."""

    gate: str
    run: str
    moment: datetime | None
    href: str


def files_page(folders: Iterable[str], language: Language, *, site: Site, problem: str) -> str:
    """All stored verdicts of each gate, the newest first.

    folders: as `Store.folders` gives them. problem: why the history cannot be read, in one line.
    """
    gates: dict[str, list[File]] = {}
    for folder in sorted(folders, key=lambda folder: folder.split("/")[-1], reverse=True):
        file = stored(folder, language, site)
        gates.setdefault(file.gate, []).append(file)
    return render(
        "files.html",
        language,
        site=site,
        frame=Frame(title=word("overview", language)),
        problem=problem,
        count=sum(len(files) for files in gates.values()),
        gates=dict(sorted(gates.items())),
        at_once=AT_ONCE,
    )


def stored(folder: str, language: Language, site: Site) -> File:
    """A stored verdict by its folder `runs/<gate>/<run>/<when>`."""
    _, gate, run, when = folder.split("/")
    try:
        moment = datetime.strptime(when, WHEN).replace(tzinfo=UTC)
    except ValueError:
        moment = None
    return File(gate, run, moment, site.verdict(folder, language))
