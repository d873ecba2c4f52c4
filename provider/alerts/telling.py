"""From what is new to who has been told: incidents, routes, messages, deliveries."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowException
from upath import UPath

from alerts.addressed import Parcel, addressed
from alerts.composing import compose
from alerts.incidents.observe import observe
from alerts.incidents.of_run import seen_apart, seen_by_run
from alerts.incidents.seen import NOTHING, Seen
from alerts.news import News, as_if_opened, of_changes
from alerts.outcome import RunOutcome
from alerts.settings import AlertSettings, with_defaults
from alerts.shapes.mail import mail_of
from pipeline.messages import first_line
from provider.alerts.connections import usable_routes
from provider.alerts.deliver import Failures, deliver
from provider.alerts.ledger import Ledger, history
from provider.alerts.pasts import known_pasts
from provider.links import report_site
from report.settings import QualitySettings

if TYPE_CHECKING:
    from sqlalchemy import Engine

log = logging.getLogger(__name__)


def tell(outcome: RunOutcome, found: Seen = NOTHING, *, now: datetime | None = None) -> None:
    """Tell everybody concerned what is new in an outcome, each once.

    found: causes that are there or over, besides those of the outcome. now: None is this moment.

    Raises:
        WrongSettingsError: the recipients of `ALERT_TO` are wrong.
        AirflowException: somebody has not been reached; Airflow retries, and only they are tried again.
    """
    now = now or datetime.now(UTC)
    settings, wrong = with_defaults(AlertSettings)
    routes, wrong_routes = usable_routes(settings)
    outcome = replace(outcome, wrong_settings=(*outcome.wrong_settings, *wrong, *wrong_routes))
    for note in (*outcome.notes, *outcome.wrong_settings):
        log.warning("%s", note)
    with history() as engine:
        news = news_of(outcome, found, settings, engine, now=now)
        parcels = addressed(outcome, news, routes)
        if not parcels:
            log.info("Nothing to tell. %s", ", ".join(f"{each.cause}: {each.kind}" for each in news))
        unreached = [failed for parcel in parcels if (failed := _told(parcel, settings, engine, now))]
    if unreached:
        lines = [f"{target}: {error}" for failed in unreached for target, error in failed.items()]
        raise AirflowException(
            f"{len(lines)} not told: {'; '.join(lines)} The verdict stands; only they are tried again."
        )


def _told(parcel: Parcel, settings: AlertSettings, engine: "Engine | None", now: datetime) -> Failures:
    site, outcome = report_site(), parcel.outcome
    past = known_pasts(outcome.closed, engine)
    message = compose(
        outcome,
        parcel.news,
        site=site,
        language=settings.language,
        past=past,
        today=now.date().isoformat(),
    )
    mail = mail_of(message, attach=settings.attach_rejected, site=site)
    ledger = Ledger(engine, UPath(with_defaults(QualitySettings)[0].path) / "mailed")
    return deliver(message, mail, parcel.targets, ledger)


def news_of(
    outcome: RunOutcome, found: Seen, settings: AlertSettings, engine: "Engine | None", *, now: datetime
) -> tuple[News, ...]:
    """What is new, by the incidents; while they cannot be read, everything that is wrong is."""
    warnings = settings.on == "warning"
    seen = Seen.all_of([seen_by_run(outcome, warnings=warnings), found])
    apart = as_if_opened(seen_apart(outcome, warnings=warnings).sightings)
    if engine is not None:
        try:
            changes = observe(
                engine,
                seen.sightings,
                good=seen.good,
                run=outcome.run_id,
                now=now,
                reminder=timedelta(days=settings.reminder_days),
            )
            return (*of_changes(changes), *apart)
        except Exception as error:  # whatever the driver raises, people are told
            log.warning("The incidents cannot be read now: %s", first_line(error), exc_info=True)
    return (*as_if_opened(seen.sightings), *apart)
