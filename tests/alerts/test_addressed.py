"""Who gets which part of a run."""

from dataclasses import replace

from alerts.addressed import Parcel, addressed
from alerts.causes import Cause
from alerts.incidents.of_run import seen_by_run
from alerts.news import News, as_if_opened
from alerts.outcome import FailedTask, RunOutcome
from alerts.routes import read_routes
from report.said import Said
from tests.report.users_reports import users_ready

DAG = "etl_users_daily"
CLOSED = users_ready(valid=690)
WARNED = replace(users_ready(unknown=61), gate="users_source")
ROUTES = read_routes(
    """
routes:
  - match: {gate: users_ready}
    to: [slack:slack_quality, mail:owners@example.org]
default: [mail:team@example.org]
""",
    default=[],
)


def outcome(**parts: object) -> RunOutcome:
    empty = RunOutcome(DAG, CLOSED.run, (), (), {}, None)
    return replace(empty, **parts)  # type: ignore[arg-type]


def news_of(about: RunOutcome, **kinds: str) -> list[News]:
    """The news of an outcome. kinds: of some gates, instead of `opened`."""
    made = as_if_opened(seen_by_run(about, warnings=False).sightings)
    return [replace(each, kind=kinds.get(each.cause.gate, "opened")) for each in made]  # type: ignore[arg-type]


def said(parcels: list[Parcel]) -> dict[str, list[str]]:
    """What each target is told: gates and tasks."""
    return {
        str(target): [
            *(report.gate for report in parcel.outcome.reports),
            *(error.task_id for error in parcel.outcome.errors),
            *(f"over {each.cause.gate}" for each in parcel.news if each.kind == "resolved"),
        ]
        for parcel in parcels
        for target in parcel.targets
    }


def test_each_is_told_what_concerns_them_and_those_of_the_same_get_one_message():
    about = outcome(reports=(CLOSED,), errors=(FailedTask("load_users", "away"),))
    parcels = addressed(about, news_of(about), ROUTES)
    assert said(parcels) == {
        "slack:slack_quality": ["users_ready"],
        "mail:owners@example.org": ["users_ready"],
        "mail:team@example.org": ["load_users"],
    }
    assert len(parcels) == 2


def test_what_everybody_knows_is_told_only_beside_what_is_new():
    about = outcome(reports=(CLOSED, replace(CLOSED, gate="users_next")))
    assert addressed(about, news_of(about, users_ready="repeated", users_next="muted"), ROUTES) == []
    told = addressed(about, news_of(about, users_ready="repeated"), read_routes("", default=["a@x.fr"]))
    assert said(told) == {"mail:a@x.fr": ["users_ready", "users_next"]}


def test_a_warning_is_told_beside_a_closed_gate_but_is_no_reason_for_a_message():
    about = outcome(reports=(WARNED,))
    assert addressed(about, news_of(about), ROUTES) == []
    both = outcome(reports=(WARNED, CLOSED))
    assert said(addressed(both, news_of(both), read_routes("", default=["a@x.fr"]))) == {
        "mail:a@x.fr": ["users_source", "users_ready"]
    }


def test_what_is_over_is_told_to_those_who_were_told_of_it():
    over = News("resolved", Cause(DAG, "users_ready", "valid_ratio"), "critical", "", Said("a", "b"))
    parcels = addressed(outcome(reports=(users_ready(),)), [over], ROUTES)
    assert said(parcels) == {
        "slack:slack_quality": ["over users_ready"],
        "mail:owners@example.org": ["over users_ready"],
    }


def test_a_wrong_setting_is_told_where_everything_goes_that_no_route_takes():
    about = outcome(reports=(CLOSED,), wrong_settings=("ALERT_ON: …",))
    assert said(addressed(about, news_of(about), ROUTES))["mail:team@example.org"] == []
    assert said(addressed(outcome(wrong_settings=("x",)), [], ROUTES)) == {"mail:team@example.org": []}
