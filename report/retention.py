"""What of the report is kept only for a while: rows go first, then folders; no page links to what is gone."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection, Engine, delete, func, or_, select

from pipeline.names import slug
from report import step_runs
from report.history import QUALITY_RUNS, create
from report.said import Language
from report.site import named
from report.store import PAGES, RUNS, Store, when_of

AT_WORK = timedelta(days=1)
"""After it nobody is at work on a folder any more: it gets neither more files nor its row."""

LOOKING_BACK = 100
"""The oldest verdicts of a gate whose pages may link to older ones: a page looks back on the 90 before it."""

ROOT = "../../../../"


@dataclass(frozen=True)
class Pruned:
    """How many were deleted: rows of `quality_runs`, folders of verdicts, half-written folders.

    mended: pages that linked to a deleted verdict, and now link to the history of its gate instead.
    """

    rows: int
    folders: int
    unfinished: int
    mended: int


@dataclass(frozen=True)
class Kept:
    """What the history still has.

    folders: of its rows. full: when the oldest row of a gate began, by the gate's folder; of those gates that
    have as many rows as may stay.
    """

    folders: frozenset[str]
    full: Mapping[str, datetime]


def prune(
    engine: Engine, store: Store, *, now: datetime, keep_days: int, keep_runs: int, dry_run: bool = False
) -> Pruned:
    """Delete verdicts older than so many days, and of each gate all but the last so many.

    The last closed and the last open verdict of each gate stay, however old. Rows go first, then the folders
    without one: what a deletion that died left over, the next one takes. Several may do this at once. What
    steps counted goes after as many days, too.
    dry_run: nothing is deleted or mended; counted is what would be deleted.
    """
    create(engine)
    now = now.astimezone(UTC)
    oldest = now - timedelta(days=keep_days)
    with engine.connect() as connection:
        rows = _delete_rows(connection, oldest, keep_runs)
        kept = _kept(connection, keep_runs)
        connection.rollback() if dry_run else connection.commit()
    if not dry_run:
        step_runs.prune(engine, oldest=oldest)
    folders = set(store.folders())
    gone = {each for each in folders - kept.folders if _is_old(each, oldest, kept.full, now - AT_WORK)}
    unfinished = [each for each in store.unfinished() if _began(each) < now - AT_WORK]
    if dry_run:
        return Pruned(rows, len(gone), len(unfinished), mended=0)
    mended = _mend(store, folders - gone, alive=kept.folders | (folders - gone))
    for folder in (*gone, *unfinished):
        store.delete(folder)
    return Pruned(rows, len(gone), len(unfinished), mended)


def _delete_rows(connection: Connection, oldest: datetime, keep_runs: int) -> int:
    runs, newest = QUALITY_RUNS.c, (QUALITY_RUNS.c.started_at.desc(), QUALITY_RUNS.c.id.desc())
    ranked = select(
        runs.id,
        runs.started_at,
        func.row_number().over(partition_by=runs.gate, order_by=newest).label("place"),
        func.row_number().over(partition_by=(runs.gate, runs.success), order_by=newest).label("among_equals"),
    ).subquery()
    old = or_(ranked.c.started_at < oldest, ranked.c.place > keep_runs)
    ids = select(ranked.c.id).where(ranked.c.among_equals > 1, old)
    return connection.execute(delete(QUALITY_RUNS).where(runs.id.in_(ids))).rowcount


def _kept(connection: Connection, keep_runs: int) -> Kept:
    runs = QUALITY_RUNS.c
    folders, times = set(), defaultdict(list)
    for gate, page, started in connection.execute(select(runs.gate, runs.page, runs.started_at)):
        folders.add(page.rpartition("/")[0])
        times[slug(gate)].append(started)
    full = {gate: sorted(each)[-keep_runs] for gate, each in times.items() if len(each) >= keep_runs}
    return Kept(frozenset(folders), full)


def _is_old(folder: str, oldest: datetime, full: Mapping[str, datetime], settled: datetime) -> bool:
    """Whether a folder without a row may go. settled: one that is younger may be about to get its row."""
    began = _began(folder)
    of_gate = full.get(_gate(folder), oldest)
    return began < oldest or (began < of_gate and began < settled)


def _began(folder: str) -> datetime:
    """When its gate began; a folder that does not say so is not ours, and never old."""
    return when_of(folder) or datetime.max.replace(tzinfo=UTC)


def _gate(folder: str) -> str:
    return folder.split("/")[1]


def _mend(store: Store, folders: Iterable[str], *, alive: Set[str]) -> int:
    """Let links to verdicts that are not alive lead to the history of their gate; returns how many pages."""
    of_gate = defaultdict(list)
    for folder in folders:
        of_gate[_gate(folder)].append(folder)
    oldest = (folder for found in of_gate.values() for folder in sorted(found, key=_began)[:LOOKING_BACK])
    return sum(_mend_pages(store, folder, alive) for folder in oldest)


def _mend_pages(store: Store, folder: str, alive: Set[str]) -> int:
    mended = {}
    for language, name in PAGES.items():
        page = (store.read(f"{folder}/{name}") or b"").decode()
        new = LINK.sub(partial(_led, language=language, alive=alive), page)
        if new != page:
            mended[name] = new.encode()
    if mended:
        # Somebody else may have deleted it meanwhile.
        with suppress(FileNotFoundError):
            store.rewrite(folder, mended)
    return len(mended)


def _led(link: re.Match[str], *, language: Language, alive: Set[str]) -> str:
    folder = link["folder"]
    return link[0] if folder in alive else f'href="{ROOT}gates/{named(_gate(folder), language)}"'


LINK = re.compile(rf'href="{re.escape(ROOT)}(?P<folder>{RUNS}/[^"/]+/[^"/]+/[^"/]+)/[^"/]*"')
"""A link from the page of a verdict to a file of a verdict."""
