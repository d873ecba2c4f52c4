"""What a gate decided and why: a plain object that travels through XCom, into mail and into PostgreSQL."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Severity = Literal["critical", "warning", "info"]


@dataclass(frozen=True)
class Example:
    """One row of a batch that failed: where it stands, and what is wrong with it, without personal data."""

    place: str
    value: str

    @property
    def text(self) -> str:
        """The example on one line, its place before what is wrong with it."""
        return ": ".join(part for part in (self.place, self.value) if part)


@dataclass(frozen=True)
class Outcome:
    """One expectation and what was observed, in words.

    expectation: its type, e.g. `expect_column_values_to_be_unique`.
    unexpected_count, element_count: rows that fail, rows that were looked at; None where it counts no rows.
    examples: at most 10 failing rows.
    problem: why nothing can be said, which closes the gate whatever the severity; None normally.
    """

    expectation: str
    description: str
    column: str | None
    severity: Severity
    success: bool
    observed: str
    threshold: str
    unexpected_count: int | None = None
    element_count: int | None = None
    examples: tuple[Example, ...] = ()
    problem: str | None = None

    @property
    def closes(self) -> bool:
        """Whether this outcome alone closes the gate."""
        return self.problem is not None or (not self.success and self.severity == "critical")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The outcome that `asdict` made `data` of."""
        return cls(**{**data, "examples": tuple(Example(**example) for example in data["examples"])})


@dataclass(frozen=True)
class GateReport:
    """What one gate decided about one batch.

    run: the run id as it is; run_name: its slug, the name of the run in Data Docs.
    severity: `critical` when the gate closed, else the worst failed severity, None when nothing failed.
    rows: rows of the batch; parameters: thresholds and facts that were used; seconds: wall time.
    page: Data Docs page, relative to the folder `data_docs`; result_file: relative to `QualitySettings.path`.
    started_at: ISO 8601, UTC. doubts: why nothing can be said about the batch as a whole.
    unit: what a row of the batch is, in the plural. apart: its rows say nothing about the usual volume.
    """

    gate: str
    run: str
    run_name: str
    passed: bool
    severity: Severity | None
    outcomes: tuple[Outcome, ...]
    rows: int
    parameters: dict[str, Any]
    seconds: float
    page: str
    result_file: str
    started_at: str
    doubts: tuple[str, ...] = ()
    unit: str = "rows"
    apart: bool = False

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Outcomes that did not succeed, those that close the gate first."""
        return tuple(sorted((o for o in self.outcomes if not o.success), key=lambda o: not o.closes))

    @property
    def critical(self) -> tuple[Outcome, ...]:
        """Outcomes that close the gate."""
        return tuple(outcome for outcome in self.failed if outcome.closes)

    @property
    def warnings(self) -> tuple[Outcome, ...]:
        """Failed outcomes that let the run pass."""
        return tuple(outcome for outcome in self.failed if not outcome.closes)

    @property
    def summary(self) -> str:
        """The decision on one line, with the first reason."""
        reasons = [*self.doubts, *(f"{o.description}: {o.problem or o.observed}" for o in self.failed)]
        if not self.failed:
            count = f"{len(self.outcomes)} expectations"
            return (
                f"{self.gate} closed: {'; '.join(self.doubts)}" if reasons else f"{self.gate} passed: {count}"
            )
        decision = "passed" if self.passed else "closed"
        count = f"{len(self.failed)} of {len(self.outcomes)} expectations failed ({self.severity})"
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        return f"{self.gate} {decision}: {count}: {reasons[0]}{more}"

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON types."""
        data = asdict(self)
        data["outcomes"] = [{**asdict(o), "examples": [asdict(e) for e in o.examples]} for o in self.outcomes]
        return {**data, "doubts": list(self.doubts)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The report that `to_dict` made `data` of."""
        outcomes = tuple(Outcome.from_dict(outcome) for outcome in data["outcomes"])
        return cls(**{**data, "outcomes": outcomes, "doubts": tuple(data["doubts"])})
