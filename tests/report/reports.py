"""Invented checks and reports, of any gate."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from report.gate_report import Example, GateReport, Measure, Outcome, Severity, Words
from report.said import Said
from report.store import folder_of

LAST = datetime(2026, 11, 26, 1, 3, 12, tzinfo=UTC)
"""When the newest report began: 02:03 in Paris."""

PLAIN = GateReport(
    gate="users_ready",
    run="scheduled__2026-11-24T02:00:00+00:00",
    run_name="scheduled__2026-11-24T02-00-00-00-00-d15730a167ed",
    passed=True,
    severity=None,
    outcomes=(),
    rows=100,
    parameters={},
    seconds=0.5,
    page="runs/users_ready/r/20261124T020000.000000Z/index.html",
    result_file="runs/users_ready/r/20261124T020000.000000Z/result.json",
    started_at="2026-11-24T02:00:00+00:00",
)


def a_report(**fields: object) -> GateReport:
    """An open gate's report without outcomes, but for some fields."""
    return GateReport(**{**vars(PLAIN), **fields})


"""A report that says as little as one may."""

USERS = Said("the table users", "la table users")


def check(
    key: str,
    description: Said,
    observed: Said,
    threshold: Said,
    *,
    severity: Severity = "critical",
    success: bool = True,
    column: str | None = None,
    measure: Measure | None = None,
    failing: tuple[int, int] | None = None,
    examples: Sequence[Example] = (),
    problem: Said | None = None,
    reason: Said | None = None,
) -> Outcome:
    """An outcome in both languages. failing: rows that fail, rows that were looked at."""
    unexpected, elements = failing or (None, None)
    reason = Said("", "") if success or reason is None else reason
    french = Words(
        description.fr, observed.fr, threshold.fr, problem.fr if problem else None, reason=reason.fr
    )
    return Outcome(
        expectation="expect_column_values_to_be_in_set",
        description=description.en,
        column=column,
        severity=severity,
        success=success,
        observed=observed.en,
        threshold=threshold.en,
        unexpected_count=unexpected,
        element_count=elements,
        examples=tuple(examples),
        problem=problem.en if problem else None,
        key=key,
        measure=measure,
        french=french,
        reason=reason.en,
    )


def report(
    gate: str,
    outcomes: Sequence[Outcome],
    *,
    nights_ago: int = 0,
    dag: str = "etl_users_daily",
    holds: Said | None = USERS,
    rows: int = 1000,
    unit: str = "rows",
    seconds: float = 1.84,
    parameters: dict[str, object] | None = None,
    counts: dict[str, int] | None = None,
    doubts: Sequence[str] = (),
) -> GateReport:
    """The report of a gate with these outcomes, so many nights before the last."""
    began = LAST - timedelta(days=nights_ago)
    run = f"scheduled__{began:%Y-%m-%d}T01:00:00+00:00"
    folder = folder_of(gate, run, began)
    closed = bool(doubts) or any(outcome.closes for outcome in outcomes)
    failed = any(not outcome.success for outcome in outcomes)
    return GateReport(
        gate=gate,
        run=run,
        run_name=folder.split("/")[2],
        passed=not closed,
        severity="critical" if closed else "warning" if failed else None,
        outcomes=tuple(outcomes),
        rows=rows,
        parameters=parameters or {},
        seconds=seconds,
        page=f"{folder}/index.html",
        result_file=f"{folder}/result.json",
        started_at=began.isoformat(),
        doubts=tuple(doubts),
        unit=unit,
        dag=dag,
        task=f"check_{gate}" if dag else "",
        holds=holds,
        counts=counts or {},
    )
