"""The whole site as static files, which open from a folder without a server."""

import json
import shutil
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path

from sqlalchemy import Engine

from pipeline.errors import FatalError
from pipeline.names import slug
from report.gate_page import gate_page
from report.gate_report import GateReport
from report.history import create, last_of_each_gate
from report.overview import overview_page
from report.page import verdict_page
from report.past import Past
from report.said import LANGUAGES
from report.site import Site, named
from report.store import CHECKSUMS, PAGES, REPORT, RUNS, Store, checksums, folder_of

MARK = "quality-report.txt"
"""A file that only an export has, so that nothing else is ever replaced by one."""
MARKED = "A static copy of the quality report: open index.html. An export replaces this folder as a whole.\n"

LOOKED_BACK = 90
"""Earlier verdicts that the overview and a page look back on."""
EVERYTHING = 1_000_000
ROOT = "../../../../"


@dataclass(frozen=True)
class Exported:
    """What was written: gates, verdicts, files. from_history: else from the stored reports alone."""

    gates: int
    verdicts: int
    files: int
    from_history: bool


def export(
    store: Store, engine: Engine | None, target: Path, *, now: datetime, airflow: str | None = None
) -> Exported:
    """Write the site into a folder, which appears as a whole.

    engine: on the database with `quality_runs`; None: the site is made of the stored reports alone.
    airflow: address of the Airflow that links lead to; None: no link leads there.
    Raises FatalError when the folder is there and no export, OSError when it cannot be written.
    """
    if target.exists() and not (target / MARK).is_file():
        raise FatalError(f"{target} is there already and no export of the report. Name another folder.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part-{uuid.uuid4().hex[:8]}")
    part.mkdir()
    try:
        done = _write(store, engine, part, now=now, airflow=airflow)
        _replace(part, target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return done


def _write(
    store: Store, engine: Engine | None, part: Path, *, now: datetime, airflow: str | None
) -> Exported:
    (part / MARK).write_text(MARKED)
    with as_file(files("report") / "assets") as assets:
        shutil.copytree(assets, part / "assets")
    base = f"{airflow.rstrip('/')}/" if airflow else None
    folders = sorted(store.folders())
    history = _history(engine, store, folders)
    for name, page in _shared_pages(history, now=now, airflow=base):
        _put(part / name, page.encode())
    known = {report.folder for reports in history.values() for report in reports}
    for folder in folders:
        if folder not in known:
            _put_all(part / folder, store.files(folder))
    for reports in history.values():
        for place, report in enumerate(reports):
            past = Past.of(report, reports[place + 1 : place + 1 + LOOKED_BACK])
            beside = store.files(report.folder)
            made = _pages(report, past, airflow=base, beside=[*beside, CHECKSUMS])
            _put_all(part / report.folder, {**beside, **made})
    written = sum(path.is_file() for path in part.rglob("*"))
    return Exported(len(history), len(known | set(folders)), written, from_history=engine is not None)


def _history(engine: Engine | None, store: Store, folders: Iterable[str]) -> Mapping[str, list[GateReport]]:
    """Every verdict of every gate, the newest first: from the database, and those that only have a folder."""
    found: dict[str, list[GateReport]] = {}
    if engine is not None:
        create(engine)
        for gate, reports in last_of_each_gate(engine, limit=EVERYTHING).items():
            found[gate] = [_placed(report) for report in reports]
    known = {report.folder for reports in found.values() for report in reports}
    for folder in folders:
        if folder not in known and (text := store.read(f"{folder}/{REPORT}")):
            report = GateReport.from_dict(json.loads(text))
            found.setdefault(report.gate, []).append(report)
    newest = {gate: sorted(each, key=_began, reverse=True) for gate, each in found.items()}
    return dict(sorted(newest.items()))


def _began(report: GateReport) -> datetime:
    return datetime.fromisoformat(report.started_at)


def _placed(report: GateReport) -> GateReport:
    """The report; one of the time before verdicts had folders gets the folder that it would have now."""
    if report.folder.startswith(f"{RUNS}/"):
        return report
    folder = folder_of(report.gate, report.run, datetime.fromisoformat(report.started_at))
    return replace(report, page=f"{folder}/{PAGES['en']}")


def _shared_pages(
    history: Mapping[str, Sequence[GateReport]], *, now: datetime, airflow: str | None
) -> Iterator[tuple[str, str]]:
    """The overview and the history of each gate, in each language, by the names of their files."""
    for language in LANGUAGES:
        site, inner = Site(airflow=airflow), Site(root="../", airflow=airflow)
        recent = {gate: reports[:LOOKED_BACK] for gate, reports in history.items()}
        yield named("index", language), overview_page(recent, language, now=now, site=site)
        for gate, reports in history.items():
            page = gate_page(gate, reports, language, now=now, site=inner)
            yield f"gates/{named(slug(gate), language)}", page


def _pages(
    report: GateReport, past: Past, *, airflow: str | None, beside: Collection[str]
) -> dict[str, bytes]:
    """The pages of a verdict; the way to Airflow is another than in the stored ones."""
    site = Site(root=ROOT, airflow=airflow)
    return {
        name: verdict_page(report, past, language, site=site, beside=beside).encode()
        for language, name in PAGES.items()
    }


def _put_all(folder: Path, contents: Mapping[str, bytes]) -> None:
    """The files of a verdict, with a list of what they are now."""
    found = {name: data for name, data in contents.items() if name != CHECKSUMS}
    for name, data in {**found, CHECKSUMS: checksums(found)}.items():
        _put(folder / name, data)


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _replace(part: Path, target: Path) -> None:
    """Give the new folder its name; an earlier export makes way for it."""
    if not target.exists():
        part.rename(target)
        return
    old = target.with_name(f".{target.name}.old-{uuid.uuid4().hex[:8]}")
    target.rename(old)
    part.rename(target)
    shutil.rmtree(old)
