"""What a person answers to a closed gate: in its row, and on its pages."""

import logging

from sqlalchemy import Engine, update

from report.gate_report import GateReport
from report.history import QUALITY_RUNS, columns_of, create
from report.looking_back import past_of
from report.publish import PAST, pages
from report.store import CHECKSUMS, Store

log = logging.getLogger(__name__)


def record_answer(engine: Engine, store: Store, report: GateReport) -> None:
    """Put the decision of a report and its approval into its row of `quality_runs`, and make its pages anew.

    Pages that cannot be written keep no run from going on: the row is what counts.
    """
    create(engine)
    values = columns_of(report)
    changed = update(QUALITY_RUNS).where(QUALITY_RUNS.c.page == report.page)
    with engine.begin() as connection:
        connection.execute(changed.values({name: values[name] for name in ("success", "approval")}))
    try:
        _rewrite(engine, store, report)
    except Exception:  # whatever the storage's client raises
        log.exception("The pages of %s cannot be written anew to %s", report.gate, store.url)


def _rewrite(engine: Engine, store: Store, report: GateReport) -> None:
    files = store.files(report.folder)
    if not files:
        return
    made = pages(report, past_of(engine, report, limit=PAST), beside=[*files, CHECKSUMS])
    store.rewrite(report.folder, {name: text.encode() for name, text in made.items() if name in files})
