"""Write down a verdict: its pages in each language, and all that stands beside them, in one folder."""

import json
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from pipeline.messages import first_line
from report.gate_report import GateReport
from report.past import Past
from report.said import LANGUAGES
from report.site import Site
from report.store import CHECKSUMS, GREAT_EXPECTATIONS, PAGES, REPORT, RESULT, ROWS, Store

log = logging.getLogger(__name__)

ROOT = "../../../../"
"""From the folder of a verdict to the root of the site."""
AIRFLOW = "../"
"""From the root of the site to the Airflow that serves it."""


PAST = 30
"""Earlier verdicts of the gate that its page looks back on: those that its charts show."""


@dataclass(frozen=True)
class Beside:
    """What a gate has besides its report.

    result: of Great Expectations, as JSON. rows: all failing rows as CSV, empty without any. page: makes the
    page of Great Expectations; gets the way to the root of the site; may raise.
    """

    result: str
    rows: str
    page: Callable[[str], str]


def publish(report: GateReport, past: Past, beside: Beside, store: Store) -> GateReport:
    """Write the folder of a verdict; returns the report, which says what could not be written.

    Nothing that goes wrong here is raised: a verdict does not hang on the page that tells it.
    """
    files = {RESULT: beside.result}
    if beside.rows:
        files[ROWS] = beside.rows
    report = _with_own_page(report, beside, files)
    try:
        files |= pages(report, past, beside=[*files, REPORT, CHECKSUMS])
        store.write(report.folder, files)
    except Exception as error:  # whatever the storage's client raises, the verdict stands
        log.exception("The report of %s cannot be written to %s", report.gate, store.url)
        reason = f"The report's files could not be written to {store.url}: {first_line(error)}"
        return replace(report, unpublished=(*report.unpublished, reason))
    return report


def pages(
    report: GateReport,
    past: Past,
    *,
    airflow: str | None = AIRFLOW,
    beside: Collection[str] = (),
) -> Mapping[str, str]:
    """The pages of a verdict in each language, and the report itself as JSON, by the names of their files.

    beside: names of all files that stand beside the pages: they lead to no other.
    """
    from report.page import verdict_page

    site = Site(root=ROOT, airflow=airflow, incidents=airflow is not None)
    made = {
        PAGES[language]: verdict_page(report, past, language, site=site, beside=beside)
        for language in LANGUAGES
    }
    return {**made, REPORT: json.dumps(report.to_dict(), ensure_ascii=False, indent=2)}


def _with_own_page(report: GateReport, beside: Beside, files: dict[str, str]) -> GateReport:
    """Put the page of Great Expectations among the files, or say in the report why there is none."""
    try:
        files[GREAT_EXPECTATIONS] = beside.page(ROOT)
    except Exception as error:  # the page of a custom expectation is its author's code
        log.exception("Great Expectations' own page of %s cannot be made", report.gate)
        reason = f"Great Expectations' own page could not be made: {first_line(error)}"
        return replace(report, unpublished=(*report.unpublished, reason))
    return report
