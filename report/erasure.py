"""One person, forgotten in what was published: every line that names the masked email, wherever it stands.

A mask is shared by all whose emails begin and end alike, so lines of others may go with it. Nothing is
changed in silence: the report says how many of its lines were erased.
"""

import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from sqlalchemy import Engine, Text, cast, select, update

from report.gate_report import Example, GateReport, Outcome
from report.history import QUALITY_RUNS, create, report_at
from report.looking_back import past_of
from report.publish import PAST, pages
from report.store import CHECKSUMS, GREAT_EXPECTATIONS, PAGES, REPORT, RESULT, ROWS, Store

ERASED = Example(place="erased", value="", french="effacé")
BLANK = "erased"


@dataclass(frozen=True)
class Mask:
    """A masked email, such as `z…@x.fr`, and what it looks like in each kind of file."""

    text: str

    def is_in(self, text: str) -> bool:
        """Whether a text names it, and not a longer one that it is a part of."""
        return _whole(self.text).search(text) is not None

    def out_of_json(self, value: Any) -> Any:
        """The value, every text in it that names the mask blanked."""
        match value:
            case str():
                return BLANK if self.is_in(value) else value
            case list():
                return [self.out_of_json(each) for each in value]
            case dict():
                return {name: self.out_of_json(each) for name, each in value.items()}
        return value

    def out_of_html(self, page: str) -> str:
        """The page, each of its texts and attributes that names the mask blanked."""
        named = _whole(escape(self.text)).pattern
        page = re.sub(rf"(?<=>)[^<>]*{named}[^<>]*(?=<)", BLANK, page, flags=re.IGNORECASE)
        quoted = rf"""(?P<quote>["'])[^"'<>]*{named}[^"'<>]*(?P=quote)"""
        return re.sub(quoted, f'"{BLANK}"', page, flags=re.IGNORECASE)

    def out_of_csv(self, text: str) -> tuple[str, int]:
        """The lines, those that name the mask blanked but for their first cell; and how many those are."""
        lines = list(csv.reader(io.StringIO(text)))
        named = [number for number, line in enumerate(lines) if any(map(self.is_in, line))]
        for number in named:
            lines[number] = [lines[number][0], *[""] * (len(lines[number]) - 1)]
        made = io.StringIO()
        csv.writer(made, lineterminator="\r\n" if "\r\n" in text else "\n").writerows(lines)
        return (made.getvalue() if named else text), len(named)

    def out_of_report(self, report: GateReport) -> tuple[GateReport, int]:
        """The report, its examples that name the mask blanked; and how many those are."""
        outcomes = tuple(self._out_of_outcome(outcome) for outcome in report.outcomes)
        count = sum(self.is_in(example.text) for outcome in report.outcomes for example in outcome.examples)
        return replace(report, outcomes=outcomes), count

    def _out_of_outcome(self, outcome: Outcome) -> Outcome:
        examples = tuple(ERASED if self.is_in(each.text) else each for each in outcome.examples)
        return replace(outcome, examples=examples)


def _whole(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.…]){re.escape(text)}(?![\w@-]|\.\w)", re.IGNORECASE)


def erase(store: Store, engine: Engine, masked: str) -> dict[str, int]:
    """Blank every line that names a masked email; returns how many, by the folder of their verdict.

    A folder is written before its row of `quality_runs`: when this dies, the next time finds the rest.
    Raises what the storage or the database raises.
    """
    if not masked:
        return {}
    create(engine)
    mask = Mask(masked)
    named = {*_folders_naming(store, mask), *_rows_naming(engine, mask)}
    return {folder: _erase_from(folder, store, engine, mask) for folder in sorted(named)}


def _folders_naming(store: Store, mask: Mask) -> Iterator[str]:
    for folder in store.folders():
        if any(mask.is_in(_text(store.read(f"{folder}/{name}"))) for name in (ROWS, REPORT)):
            yield folder


def _rows_naming(engine: Engine, mask: Mask) -> Iterator[str]:
    """Folders of the rows whose examples name the mask."""
    stored = json.dumps(mask.text, ensure_ascii=False)[1:-1]
    query = select(QUALITY_RUNS.c.page, QUALITY_RUNS.c.outcomes).where(
        cast(QUALITY_RUNS.c.outcomes, Text).icontains(stored, autoescape=True)
    )
    with engine.connect() as connection:
        for page, outcomes in connection.execute(query):
            if mask.out_of_json(outcomes) != outcomes:
                yield page.rpartition("/")[0]


def _erase_from(folder: str, store: Store, engine: Engine, mask: Mask) -> int:
    files = {name: _text(data) for name, data in store.files(folder).items()}
    report = report_at(engine, folder) or GateReport.from_dict(json.loads(files[REPORT]))
    rows, lines = mask.out_of_csv(files.get(ROWS, ""))
    cleaned, examples = mask.out_of_report(report)
    erased = max(lines, examples)
    cleaned = replace(cleaned, erased=report.erased + erased)
    changed = {**_beside(files, mask), **_pages(cleaned, engine, beside=[*files, CHECKSUMS])}
    changed[REPORT] = json.dumps(cleaned.to_dict(), ensure_ascii=False, indent=2)
    if ROWS in files:
        # Last: by it a folder is found again.
        changed[ROWS] = rows
    if files:
        store.rewrite(folder, {name: changed[name].encode() for name in changed if name in files})
    _store_row(engine, cleaned)
    return erased


def _beside(files: Mapping[str, str], mask: Mask) -> dict[str, str]:
    """What Great Expectations made, without the mask."""
    changed = {}
    if RESULT in files:
        result = mask.out_of_json(json.loads(files[RESULT]))
        changed[RESULT] = json.dumps(result, ensure_ascii=False, indent=2)
    if GREAT_EXPECTATIONS in files:
        changed[GREAT_EXPECTATIONS] = mask.out_of_html(files[GREAT_EXPECTATIONS])
    return changed


def _pages(report: GateReport, engine: Engine, *, beside: Collection[str]) -> dict[str, str]:
    """The pages of a verdict, made anew."""
    past = past_of(engine, report, limit=PAST)
    made = pages(report, past, beside=beside)
    return {name: made[name] for name in PAGES.values()}


def _store_row(engine: Engine, report: GateReport) -> None:
    outcomes = report.to_dict()["outcomes"]
    changed = update(QUALITY_RUNS).where(QUALITY_RUNS.c.page == report.page)
    with engine.begin() as connection:
        connection.execute(changed.values(outcomes=outcomes, erased=report.erased))


def _text(data: bytes | None) -> str:
    return (data or b"").decode()
