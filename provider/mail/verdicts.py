"""What a mail says of a verdict: the sentences of its page, from the same functions, with whole addresses."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.messages import first_line
from provider.links import REPORT_PREFIX, base_url
from report.banner import Banner, banner
from report.gate_report import GateReport
from report.past import Past
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

Known = Mapping[str, Past]
"""The past of each report of which it is known, by the page of the report."""


@dataclass(frozen=True)
class Verdict:
    """A verdict as a mail tells it. link: to its page, in the language of the mail."""

    report: GateReport
    banner: Banner
    link: str


def verdict(report: GateReport, past: Past | None, language: Language) -> Verdict:
    """The verdict in words. past: None when it cannot be read."""
    site = Site(root=f"{base_url()}{REPORT_PREFIX}/", airflow=f"{base_url()}/")
    # What could not be written may be the rows: better no link than a dead one.
    csv = None if report.unpublished else site.file(report.folder, ROWS)
    return Verdict(
        report=report,
        banner=banner(report, past, language, site=site, csv=csv),
        link=site.verdict(report.folder, language),
    )


def known_pasts(reports: Sequence[GateReport]) -> Known:
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


def _before(engine: "Engine", report: GateReport) -> Past | None:
    from report.history import report_at
    from report.looking_back import past_of

    return past_of(engine, report, limit=PAST) if report_at(engine, report.folder) else None
