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


def known_pasts(reports: Sequence[GateReport], engine: "Engine | None") -> Known:
    """What is known of the time before some reports; a message is sent whatever the database says.

    engine: on the history; None while it cannot be reached. Of a gate whose history is elsewhere nothing is
    known here: then its own report is not there either.
    """
    if engine is None:
        return {}
    try:
        found = {report.page: _before(engine, report) for report in reports}
    except Exception as error:  # whatever the driver raises, the message is sent
        log.warning("The message says nothing of earlier verdicts: %s", first_line(error), exc_info=True)
        return {}
    return {page: past for page, past in found.items() if past is not None}


def _before(engine: "Engine", report: GateReport) -> Past | None:
    from report.history import report_at
    from report.looking_back import past_of

    return past_of(engine, report, limit=PAST) if report_at(engine, report.folder) else None
