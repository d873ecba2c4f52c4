"""The figures as Prometheus reads them: one function a part, each with its names and what they mean."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily

from report import dates
from report.gate_report import GateReport, Measure, Outcome
from report.step_runs import StepRun

VERDICTS = ("open", "warning", "approved", "waiting", "closed")
"""What a gate may have decided; exactly one holds."""
MOST_CHECKS = 100
"""Checks of one gate that are shown."""
MOST_FIGURES = 20
"""Figures of one step that are shown."""

GATE = ("dag", "gate")
STEP = ("dag", "step")
CHECK = (*GATE, "check")


def verdict_of(report: GateReport) -> str:
    """One of `VERDICTS`."""
    if report.waits:
        return "waiting"
    if not report.passed:
        return "closed"
    if report.approved:
        return "approved"
    return "warning" if report.failed else "open"


def of_gates(reports: Iterable[GateReport], *, now: datetime) -> Iterator[GaugeMetricFamily]:
    """Verdict, size, time and age of the newest verdict of each gate of each DAG."""
    verdict = _gauge("gate_verdict", "1 for what the gate decided last, 0 for all else", *GATE, "verdict")
    rows = _gauge("gate_rows", "Rows of the last batch, in the unit of the gate", *GATE, "unit")
    counts = _gauge("gate_counts", "Rows of the last batch by what became of them", *GATE, "kind")
    seconds = _gauge("gate_seconds", "Seconds that the gate's last decision took", *GATE)
    age = _gauge("gate_verdict_age_seconds", "Seconds since the last decision began", *GATE)
    for report in reports:
        names = [report.dag, report.gate]
        decided = verdict_of(report)
        for each in VERDICTS:
            verdict.add_metric([*names, each], float(each == decided))
        rows.add_metric([*names, report.unit], report.rows)
        for kind, count in list(report.counts.items())[:MOST_FIGURES]:
            counts.add_metric([*names, kind], count)
        seconds.add_metric(names, report.seconds)
        age.add_metric(names, (now - dates.moment_of(report.started_at)).total_seconds())
    yield from (verdict, rows, counts, seconds, age)


def of_checks(reports: Iterable[GateReport]) -> Iterator[GaugeMetricFamily]:
    """What each check measured last, and how far that is from its limits."""
    failed = _gauge("check_failed", "1 when the check failed in the last batch", *CHECK, "severity")
    value = _gauge("check_value", "What the check measured: a ratio of 1, a number or hours", *CHECK, "unit")
    limit = _gauge("check_limit", "What the measured value may be at least or at most", *CHECK, "side")
    margin = _gauge("check_margin", "Distance to a limit; below 0 it is passed", *CHECK, "side")
    used = _gauge("check_used_ratio", "Share of what is allowed that is used up; above 1 too much", *CHECK)
    for report in reports:
        for name, outcome in list(report.by_name.items())[:MOST_CHECKS]:
            names = [report.dag, report.gate, name]
            failed.add_metric([*names, outcome.severity], float(_failed(outcome)))
            if outcome.measure:
                value.add_metric([*names, outcome.measure.unit], outcome.measure.value)
                for side, bound, distance in _limits(outcome.measure):
                    limit.add_metric([*names, side], bound)
                    margin.add_metric([*names, side], distance)
                if outcome.measure.used is not None:
                    used.add_metric(names, outcome.measure.used)
    yield from (failed, value, limit, margin, used)


def of_steps(steps: Iterable[StepRun], *, now: datetime) -> Iterator[GaugeMetricFamily]:
    """Seconds and figures of the newest good run of each step."""
    seconds = _gauge("step_seconds", "Seconds that the step took when it last ended well", *STEP)
    figures = _gauge("step_rows", "Rows, users or documents that it counted then", *STEP, "kind")
    age = _gauge("step_age_seconds", "Seconds since the step last ended well", *STEP)
    block = _gauge("write_block_seconds", "Seconds for which the last swap blocked writers", "dag")
    for step in steps:
        names = [step.dag, step.task]
        seconds.add_metric(names, step.seconds)
        age.add_metric(names, (now - step.ended_at).total_seconds())
        counts = {kind: count for kind, count in step.figures.items() if kind != BLOCK}
        for kind, count in list(counts.items())[:MOST_FIGURES]:
            figures.add_metric([*names, kind], count)
        if BLOCK in step.figures:
            block.add_metric([step.dag], step.figures[BLOCK])
    yield from (seconds, figures, age, block)


BLOCK = "write_block_seconds"
"""The one figure of a step that counts no rows."""


def of_reading(*, up: bool, seconds: float, read_at: datetime | None) -> Iterator[GaugeMetricFamily]:
    """Whether and when the database answered."""
    answered = _gauge("database_up", "1 when the database with the verdicts has just answered, else 0")
    answered.add_metric([], float(up))
    took = _gauge("read_seconds", "Seconds that the last reading of the database took, or was tried for")
    took.add_metric([], seconds)
    last = _gauge("read_timestamp_seconds", "Unix time of the reading that all other figures are from")
    if read_at is not None:
        last.add_metric([], read_at.timestamp())
    yield from (answered, took, last)


def _failed(outcome: Outcome) -> bool:
    return outcome.problem is not None or not outcome.success


def _limits(measure: Measure) -> Iterator[tuple[str, float, float]]:
    """Each limit: its side, the limit, and how far the value is on its good side."""
    if measure.low is not None:
        yield "low", measure.low, measure.value - measure.low
    if measure.high is not None:
        yield "high", measure.high, measure.high - measure.value


def _gauge(name: str, meaning: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"inlearning_{name}", f"{meaning}.", labels=labels)
