"""What a benchmark found: its figures, its limits, as a table and as JSON."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.limits import Limit
from tests.benchmarks.measure import Measure

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Flow:
    """All steps of one load, in their order."""

    name: str
    rows: int
    measures: tuple[Measure, ...]
    server_peak_bytes: int = 0

    @property
    def seconds(self) -> float:
        """All steps together."""
        return sum(measure.seconds for measure in self.measures)

    @property
    def peak_bytes(self) -> int:
        """The largest process: of a step, or of the database server."""
        return max(self.server_peak_bytes, *(measure.peak_bytes for measure in self.measures))

    def seconds_of(self, *steps: str) -> float:
        """These steps together."""
        return sum(measure.seconds for measure in self.measures if measure.step in steps)


@dataclass(frozen=True)
class Report:
    """flows: those to show, medians already. limits: one per promise."""

    flows: tuple[Flow, ...]
    limits: tuple[Limit, ...]

    @property
    def met(self) -> bool:
        """Whether every limit is met."""
        return all(limit.met for limit in self.limits)


def median_flow(flows: Sequence[Flow]) -> Flow:
    """The same steps, each with the median of its seconds and the largest of its peaks."""
    measures = tuple(
        Measure(
            same[0].step,
            statistics.median(measure.seconds for measure in same),
            max(measure.peak_bytes for measure in same),
        )
        for same in zip(*(flow.measures for flow in flows), strict=True)
    )
    server = max(flow.server_peak_bytes for flow in flows)
    return Flow(flows[0].name, flows[0].rows, measures, server)


def write_report(report: Report, path: Path) -> None:
    """Write the report as JSON: seconds, bytes, shares (0-1), verdicts."""
    content: dict[str, Any] = {
        "flows": [_flow(flow) for flow in report.flows],
        "limits": [{**asdict(limit), "met": limit.met} for limit in report.limits],
        "met": report.met,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False))


def _flow(flow: Flow) -> dict[str, Any]:
    steps = [{**asdict(measure), "share": measure.seconds / flow.seconds} for measure in flow.measures]
    return {
        "name": flow.name,
        "rows": flow.rows,
        "seconds": flow.seconds,
        "server_peak_bytes": flow.server_peak_bytes,
        "steps": steps,
    }


def print_report(report: Report, console: Console) -> None:
    """One table per flow, then one line per limit."""
    for flow in report.flows:
        console.print(_table(flow))
    for limit in report.limits:
        console.print(str(limit), style="green" if limit.met else "bold red", highlight=False, soft_wrap=True)


def _table(flow: Flow) -> Table:
    table = Table(title=f"{flow.name}, {flow.rows:,} rows", title_justify="left", show_footer=True)
    table.add_column("step", footer="total")
    table.add_column("seconds", justify="right", footer=_seconds(flow.seconds))
    table.add_column("share", justify="right", footer="100 %")
    table.add_column("peak MB", justify="right", footer=f"{flow.peak_bytes / MEGABYTE:.0f}")
    for measure in flow.measures:
        share = measure.seconds / flow.seconds
        table.add_row(
            measure.step, _seconds(measure.seconds), f"{share:.0%}", f"{measure.peak_bytes / MEGABYTE:.0f}"
        )
    return table


def _seconds(seconds: float) -> str:
    """Two digits, or four where all would be zero."""
    return f"{seconds:.2f}" if seconds >= 0.1 else f"{seconds:.4f}"
