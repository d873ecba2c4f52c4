"""What the history says of the time before a verdict; an alert does not wait for it."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from alerts.verdicts import Known
from pipeline.messages import first_line
from report.gate_report import GateReport
from report.past import Past

if TYPE_CHECKING:
    from sqlalchemy import Engine

log = logging.getLogger(__name__)

PAST = 90
"""Earlier verdicts among which the last that passed is looked for, as a page does."""
CONNECT_SECONDS, ANSWER_SECONDS = 3, 5
"""An alert waits no longer for the database."""


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
