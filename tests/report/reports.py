"""Reports as gates make them, for tests that need some."""

from report.gate_report import GateReport

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
