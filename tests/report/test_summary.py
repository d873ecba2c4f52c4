"""What the histories of the gates say together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from report.gate_report import Measure, Outcome
from report.summary import closure, commonest_reasons, share_open, tightest
from tests.report.reports import PLAIN

START = datetime(2026, 11, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)

REPORT = replace(PLAIN, run="scheduled__0", started_at=START.isoformat(), dag="users")


def outcome(key, *, value=0.0, low=None, high=None, success=True, severity="critical"):
    return Outcome(
        "expect_it",
        f"{key} in words",
        None,
        severity,
        success,
        f"{value}",
        f"{low} to {high}",
        key=key,
        measure=Measure(value, low, high),
    )


def history(*passed, gate="users_ready", step=DAY, prefix="scheduled__", dag="users"):
    """Reports a step apart, newest first. passed: of each, the oldest first."""
    made = [
        replace(
            REPORT,
            gate=gate,
            run=f"{prefix}{number}",
            passed=open_,
            dag=dag,
            started_at=(START + number * step).isoformat(),
        )
        for number, open_ in enumerate(passed)
    ]
    return made[::-1]


def test_a_gate_is_closed_since_the_first_verdict_after_the_last_open_one():
    reports = history(False, True, False, False)
    found = closure(reports)
    assert found
    assert (found.last.run, found.first.run, found.known) == ("scheduled__3", "scheduled__2", True)


def test_a_gate_whose_history_is_closed_throughout_may_be_closed_for_longer():
    found = closure(history(False, False))
    assert found
    assert (found.first.run, found.known) == ("scheduled__0", False)


def test_a_gate_is_open_by_its_last_verdict():
    assert closure(history(False, False, True)) is None


def test_the_share_open_counts_verdicts():
    assert share_open(history(True, False, True, True)) == 0.75


def test_the_tightest_check_has_used_most_of_what_it_is_allowed():
    report = replace(
        REPORT,
        outcomes=(
            outcome("duplicates", value=0.01, high=0.05),
            outcome("valid_ratio", value=0.9, low=0.8),
            outcome("count", value=3),
        ),
    )
    found = tightest(report)
    assert found
    assert found.key == "valid_ratio"
    assert tightest(REPORT) is None


def test_the_commonest_reasons_are_counted_by_key_though_their_words_differ():
    old, new = history(False, False)
    reports = [
        replace(old, outcomes=(outcome("valid_ratio", value=0.5, low=0.8, success=False),)),
        replace(
            new,
            outcomes=(
                outcome("valid_ratio", value=0.4, low=0.7, success=False),
                outcome("duplicates", success=False, severity="warning"),
                outcome("fine"),
            ),
        ),
    ]
    other = history(False, gate="courses_source")
    other = [replace(other[0], doubts=("the batch is empty",))]
    found = commonest_reasons({"users_ready": reports, "courses_source": other}, limit=2)
    assert [(r.gate, r.times, r.outcome and r.outcome.key) for r in found] == [
        ("users_ready", 2, "valid_ratio"),
        ("users_ready", 1, "duplicates"),
    ]
    assert found[0].last is reports[0]
    assert found[0].outcome is reports[0].outcomes[0]
    everything = commonest_reasons({"users_ready": reports, "courses_source": other}, limit=9)
    assert [r.doubt for r in everything if r.outcome is None] == ["the batch is empty"]
