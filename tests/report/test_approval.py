"""Which closed gate a person may open, what that is bound to, and what pages say of it."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, text

from report.answer import record_answer
from report.approval import Approval, Bound, Evidence, State, checksum_of
from report.banner import Banner, banner
from report.gate_report import GateReport, Measure, Outcome
from report.history import QUALITY_RUNS, create, recent_rows, record, report_at
from report.past import NO_PAST, Past
from report.publish import Beside, publish
from report.said import Language, Said
from report.site import Site
from report.store import Store
from tests.report.reports import USERS, a_report, check

HALF = Bound(low=0.5)
EVIDENCE = Evidence(batch="b" * 64, verdict="c" * 64)
AIRFLOW = Site(root="../", airflow="https://airflow.example.org/")


def failed(measure: Measure | None, bound: Bound | None = HALF, **fields: Any) -> Outcome:
    said = Said("too few", "trop peu")
    made = check("valid_ratio", said, said, said, success=False, measure=measure)
    return replace(made, approvable=bound, **fields)


def closed(*outcomes: Outcome, **fields: Any) -> GateReport:
    return a_report(
        **{
            "passed": False,
            "severity": "critical",
            "outcomes": outcomes or (failed(valid(0.69)),),
            "dag": "etl_users_daily",
            "task": "check_users_ready",
            "holds": USERS,
            **fields,
        }
    )


def valid(share: float) -> Measure:
    return Measure(share, low=0.8)


def loss(share: float) -> Measure:
    return Measure(share, high=0.01, strict=True)


@pytest.mark.parametrize(
    ("measure", "bound", "may"),
    [
        (valid(0.79), HALF, True),
        (valid(0.5), HALF, True),
        (valid(0.4999), HALF, False),
        (loss(0.01), Bound(high=0.05), True),
        (loss(0.05), Bound(high=0.05), True),
        (loss(0.0501), Bound(high=0.05), False),
        (valid(0.69), None, False),
        (valid(0.69), Bound(), False),
        (None, HALF, False),
        # Whatever else is wrong, its measure is not what failed.
        (valid(0.8), HALF, False),
        (loss(0.009), Bound(high=0.05), False),
    ],
)
def test_a_check_may_be_approved_up_to_its_bound_and_only_for_its_measure(
    measure: Measure | None, bound: Bound | None, may: bool
):
    assert failed(measure, bound).may_be_approved is may
    assert closed(failed(measure, bound)).may_be_approved is may


def test_every_check_that_closes_the_gate_has_to_be_within_its_bound():
    within, email = failed(valid(0.69)), failed(None, None, key="email_unique")
    warned = failed(valid(0.1), None, severity="warning", key="unknown_values")
    assert closed(within, warned).may_be_approved
    assert not closed(within, email).may_be_approved
    assert not closed(email).may_be_approved


def test_on_doubt_nobody_may_approve():
    assert not closed(doubts=("the batch is empty",)).may_be_approved
    assert not closed(failed(valid(0.69), problem="the database went away")).may_be_approved
    assert not closed(doubts=("the suite has no expectation",), outcomes=()).may_be_approved


def test_an_open_gate_has_nothing_to_approve():
    assert not a_report().may_be_approved


def test_a_report_keeps_bounds_and_approval_as_json():
    report = answered(closed(), "approved")
    assert GateReport.from_dict(report.to_dict()) == report


def test_a_report_of_before_has_neither():
    data = closed().to_dict()
    del data["approval"], data["outcomes"][0]["approvable"]
    read = GateReport.from_dict(data)
    assert (read.approval, read.outcomes[0].approvable, read.may_be_approved) == (None, None, False)


def answered(report: GateReport, state: State, **fields: str) -> GateReport:
    told = {"by": "Ada", "at": "2026-11-26T07:30:00+00:00", "reason": "Holiday: HR confirms"}
    approval = Approval(state, EVIDENCE, until="2026-11-26T14:00:00+00:00", **{**told, **fields})
    return replace(report, passed=state == "approved", approval=approval)


def test_the_checksum_of_a_verdict_hangs_on_what_it_says_and_not_on_the_answer():
    report = closed()
    said = checksum_of(report.to_dict())
    assert said == checksum_of(answered(report, "approved").to_dict())
    assert said != checksum_of(closed(failed(valid(0.68))).to_dict())
    assert said != checksum_of(replace(report, rows=101).to_dict())


def told(report: GateReport, language: Language = "en", past: Past = NO_PAST) -> Banner:
    return banner(report, past, language, site=AIRFLOW, csv=None)


def test_a_run_that_waits_says_until_when_and_where_to_answer():
    made = told(answered(closed(), "waiting", by="", at="", reason=""))
    assert made.state == "closed"
    assert made.consequence.startswith(
        "The run waits for a decision, at 15:00 on 26 November at the latest. The table users waits"
    )
    first = made.steps[0]
    assert first.text == "Approve or refuse it in Airflow, with a reason."
    assert first.href.startswith("https://airflow.example.org/dags/etl_users_daily/runs/")
    assert first.href.endswith("/tasks/check_users_ready/required_actions")


def test_an_approved_gate_says_who_when_and_why():
    made = told(answered(closed(), "approved"))
    assert made.state == "warning"
    assert made.headline == "users_ready was approved by Ada in spite of this: too few — too few."
    assert made.consequence == (
        "Ada approved it at 08:30 on 26 November: “Holiday: HR confirms”. The run went on."
    )
    french = told(answered(closed(), "approved"), "fr")
    assert french.headline.startswith("users_ready a été approuvée par Ada malgré ceci")
    assert "Ada l’a approuvée le 26 novembre à 08:30" in french.consequence


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("refused", "Ada refused it at 08:30 on 26 November: “Holiday: HR confirms”. The table users"),
        ("outdated", "Ada approved it at 08:30 on 26 November, but what was looked at had changed by then."),
    ],
)
def test_a_refused_gate_is_closed_and_says_who_refused(state: State, said: str):
    made = told(answered(closed(), state))
    assert (made.state, made.headline) == ("closed", "users_ready is closed: too few — too few.")
    assert made.consequence.startswith(said)
    assert not any("Approve or refuse" in step.text for step in made.steps)


def test_a_gate_that_nobody_answered_is_closed_and_says_so():
    made = told(answered(closed(), "unanswered", by="", at="", reason=""))
    assert made.consequence.startswith("Nobody answered in time, at 15:00 on 26 November at the latest. The")


def test_an_answer_stands_in_the_row_and_on_the_pages(engine: Engine, tmp_path):
    store = Store(str(tmp_path))
    report = publish(closed(), NO_PAST, Beside("{}", "", lambda _: "<html></html>"), store)
    record(engine, report)
    assert report_at(engine, report.folder) == report
    record_answer(engine, store, answered(report, "approved"))
    with engine.connect() as connection:
        [row] = connection.execute(
            text("SELECT success, approval->>'by', approval->>'reason', approval->>'at' FROM quality_runs")
        )
    assert tuple(row) == (True, "Ada", "Holiday: HR confirms", "2026-11-26T07:30:00+00:00")
    assert report_at(engine, report.folder) == answered(report, "approved")
    page = (tmp_path / report.page).read_text()
    assert "Ada approved it" in page
    assert "batch bbbbbbbbbbbb, verdict cccccccccccc" in page
    assert "Ada l’a approuvée" in (tmp_path / report.folder / "index.fr.html").read_text()


def test_what_comes_back_from_the_database_has_the_checksum_of_before(engine: Engine):
    report = closed(failed(valid(1 / 3 + 0.2)), seconds=0.123, parameters={"min_valid_ratio": 1e-05, "n": 3})
    record(engine, report)
    stored = report_at(engine, report.folder)
    assert stored is not None
    assert checksum_of(stored.to_dict()) == checksum_of(report.to_dict())


def test_pages_that_cannot_be_written_keep_no_answer_from_counting(engine: Engine, tmp_path):
    report = closed()
    record(engine, report)
    (tmp_path / "file").write_text("no folder")
    record_answer(engine, Store(str(tmp_path / "file")), answered(report, "refused"))
    stored = report_at(engine, report.folder)
    assert stored is not None
    assert stored.approval == answered(report, "refused").approval


def test_what_a_person_let_pass_is_not_what_is_usual(engine: Engine):
    record(engine, a_report(rows=90))
    record(engine, answered(closed(run="another", rows=10), "approved"))
    assert recent_rows(engine, "users_ready", limit=5) == [90]


def test_a_table_of_before_gets_the_column(engine: Engine):
    create(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE quality_runs DROP COLUMN approval"))
        values = "'r', 'users_ready', true, false, 1, 1, '{}', '[]', '[]', 'p/index.html', 'p/r', now()"
        named = "run, gate, success, replay, rows, seconds, parameters, outcomes, doubts, page, result_file"
        connection.execute(text(f"INSERT INTO quality_runs ({named}, started_at) VALUES ({values})"))
    create(engine)
    with engine.connect() as connection:
        assert connection.execute(QUALITY_RUNS.select()).mappings().one()["approval"] is None
    stored = report_at(engine, "p")
    assert stored is not None
    assert stored.approval is None
