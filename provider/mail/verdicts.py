"""What a mail says of a verdict: the sentences of its page, from the same functions, with whole addresses."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.messages import first_line
from provider.links import REPORT_PREFIX, base_url
from report.banner import Banner, banner
from report.gate_report import GateReport
from report.said import Language
from report.site import Site
from report.store import ROWS

if TYPE_CHECKING:
    from sqlalchemy import Engine

log = logging.getLogger(__name__)

PAST = 90
"""Earlier verdicts among which the last that passed is looked for, as a page does."""
CONNECT_SECONDS, ANSWER_SECONDS = 3, 5
"""A mail waits no longer for the database."""

Past = Mapping[str, Sequence[GateReport]]
"""Earlier reports of a gate, the newest first, by the page of the report that they are earlier than."""


@dataclass(frozen=True)
class Verdict:
    """A verdict as a mail tells it. link: to its page, in the language of the mail."""

    report: GateReport
    banner: Banner
    link: str


def verdict(report: GateReport, past: Sequence[GateReport] | None, language: Language) -> Verdict:
    """The verdict in words. past: earlier reports of the gate, None when they cannot be read."""
    site = Site(root=f"{base_url()}{REPORT_PREFIX}/", airflow=f"{base_url()}/")
    # What could not be written may be the rows: better no link than a dead one.
    csv = None if report.unpublished else site.file(report.folder, ROWS)
    return Verdict(
        report=report,
        banner=banner(report, past, language, site=site, csv=csv),
        link=site.verdict(report.folder, language),
    )


def earlier_reports(reports: Sequence[GateReport]) -> Past:
    """What is known of the time before some reports; a mail is sent whatever the database says.

    Of a gate whose history is elsewhere nothing is known here: then its own report is not there either.
    """
    from provider.connections import postgres_engine

    if not reports:
        return {}
    try:
        engine = postgres_engine(patience=CONNECT_SECONDS, answer=ANSWER_SECONDS)
        try:
            found = {report.page: _before(engine, report) for report in reports}
        finally:
            engine.dispose()
    except Exception as error:  # whatever the driver raises, the mail is sent
        log.warning("The mail says nothing of earlier verdicts: %s", first_line(error), exc_info=True)
        return {}
    return {page: past for page, past in found.items() if past is not None}


def _before(engine: "Engine", report: GateReport) -> Sequence[GateReport] | None:
    from report.history import reports_of_gate

    found = reports_of_gate(engine, report.gate, limit=PAST + 1)
    places = [each.page for each in found]
    return found[places.index(report.page) + 1 :] if report.page in places else None
