"""What the verdict of a gate, or the end of a task, says of causes."""

from dataclasses import replace

import pytest

from alerts.causes import DOUBT, TASK, Cause
from alerts.incidents.seen import NOTHING, Seen, seen_by_gate, seen_of_task
from report.gate_report import GateReport, Outcome
from report.said import Said
from report.terms import EMPTY_BATCH
from tests.report.reports import a_report, check
from tests.report.users_reports import unknown_values, users_nights, valid_ratio

PASSED = check(
    "email_present",
    Said("Every row has an email", "Chaque ligne a un e-mail"),
    Said("all 1,000 rows", "1 000 lignes, toutes"),
    Said("none missing", "aucun manquant"),
)
UNSURE = replace(PASSED, key="email_form", problem="the column email is gone", success=False)


def verdict(*outcomes: Outcome, passed: bool, doubts: tuple[str, ...] = ()) -> GateReport:
    """A verdict of users_ready."""
    return a_report(
        passed=passed, outcomes=outcomes, dag="etl_users_daily", owner="Users team", doubts=doubts
    )


def causes(seen: Seen) -> list[str]:
    """The checks that are told."""
    return [each.cause.check for each in seen.sightings]


def test_each_check_that_closed_the_gate_is_a_cause():
    made = verdict(valid_ratio(690, 1000), PASSED, UNSURE, passed=False)
    seen = seen_by_gate(made)
    first = seen.sightings[0]
    assert causes(seen) == ["valid_ratio", "email_form"]
    assert (first.cause, first.severity) == (
        Cause("etl_users_daily", "users_ready", "valid_ratio"),
        "critical",
    )
    assert (first.owner, first.run, first.page) == ("Users team", made.run, made.page)
    assert first.text_en == "690 of 1,000 rows are valid, 800 are needed"
    assert first.text_fr.startswith("690 lignes sur 1\u202f000 sont valides")


def test_of_a_closed_gate_only_the_checks_that_passed_are_good_and_the_doubt_is_over():
    (good,) = seen_by_gate(verdict(valid_ratio(690, 1000), PASSED, UNSURE, passed=False)).good
    assert (good.gate, good.checks) == ("users_ready", {"email_present", DOUBT})


def test_of_an_open_gate_everything_is_good_also_what_its_suite_has_no_more():
    seen = seen_by_gate(verdict(PASSED, passed=True))
    assert (causes(seen), seen.good[0].checks) == ([], None)


def test_a_gate_that_a_person_has_opened_says_what_it_said_when_it_was_closed():
    closed = verdict(valid_ratio(690, 1000), PASSED, passed=False)
    assert seen_by_gate(replace(closed, passed=True)) == seen_by_gate(closed)


def test_of_a_doubtful_batch_nothing_is_good_whatever_its_checks_say():
    seen = seen_by_gate(verdict(PASSED, passed=False, doubts=(EMPTY_BATCH.en,)))
    assert (causes(seen), seen.good[0].checks) == ([DOUBT], set())
    assert (seen.sightings[0].text_en, seen.sightings[0].text_fr) == (EMPTY_BATCH.en, EMPTY_BATCH.fr)


@pytest.mark.parametrize(("warnings", "found"), [(False, []), (True, ["unknown_values"])])
def test_a_failed_warning_is_a_cause_where_warnings_are_told(warnings: bool, found: list[str]):
    seen = seen_by_gate(verdict(unknown_values(90, 1000), PASSED, passed=True), warnings=warnings)
    assert causes(seen) == found
    assert {each.severity for each in seen.sightings} <= {"warning"}


def test_a_run_set_apart_neither_opens_nor_resolves():
    closed = verdict(valid_ratio(690, 1000), passed=False)
    assert seen_by_gate(replace(closed, apart=True)) == NOTHING
    assert seen_by_gate(replace(closed, apart=True, passed=True)) == NOTHING


def test_a_gate_that_closed_has_come_to_a_verdict_so_its_task_is_not_broken_any_more():
    closed = replace(verdict(valid_ratio(690, 1000), passed=False), task="check_users_ready")
    of_task = seen_by_gate(closed).good[1]
    assert (of_task.gate, of_task.checks) == ("check_users_ready", {TASK})


def test_no_sentence_holds_a_row():
    for night in users_nights():
        for each in seen_by_gate(night, warnings=True).sightings:
            assert "@" not in each.text_en + each.text_fr
            assert "…" not in each.text_en + each.text_fr


def test_a_task_that_failed_without_a_verdict_is_a_cause_and_one_that_did_not_is_good():
    failed = seen_of_task("reindex_weekly", "copy_documents", "run", failure="Elasticsearch is away.")
    over = seen_of_task("reindex_weekly", "copy_documents", "run", failure=None)
    assert failed.sightings[0].cause == Cause("reindex_weekly", "copy_documents", TASK)
    assert (over.good[0].gate, over.good[0].checks) == ("copy_documents", {TASK})
    both = Seen.all_of([failed, over])
    assert (both.sightings, both.good) == (failed.sightings, over.good)
