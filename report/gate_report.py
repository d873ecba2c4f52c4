"""What a gate decided and why: a plain object that travels through XCom, into mail and into PostgreSQL."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, Self

from report.approval import Approval, Bound
from report.said import Language, Said

Severity = Literal["critical", "warning", "info"]

Unit = Literal["share", "number", "hours"]


@dataclass(frozen=True)
class Example:
    """One row of a batch that failed: where it stands, and what is wrong with it, without personal data.

    french, french_value: place and value in French, where they differ.
    """

    place: str
    value: str
    french: str | None = None
    french_value: str | None = None

    @property
    def text(self) -> str:
        """The example on one line, its place before what is wrong with it."""
        return self.said("en")

    def said(self, language: Language) -> str:
        """The same in one language."""
        told = self.in_language(language)
        return ": ".join(part for part in (told.place, told.value) if part)

    def in_language(self, language: Language) -> Self:
        """The example with place and value as one language says them."""
        if language == "en":
            return self
        place = self.place if self.french is None else self.french
        return replace(
            self, place=place, value=self.value if self.french_value is None else self.french_value
        )


@dataclass(frozen=True)
class Measure:
    """What a check measured, as a number against its limits.

    unit: `share` (of 1), `number` (of things), `hours`. low, high: the limits; they are allowed themselves
    unless `strict`. A check that fails for another reason may lie between its limits.
    """

    value: float
    low: float | None = None
    high: float | None = None
    unit: Unit = "share"
    strict: bool = False

    @property
    def used(self) -> float | None:
        """How much of what is allowed is used: 0 nothing, 1 all, more beyond the limit; None without a scale.

        A share that must be high is used up by what it lacks to 1. Between two limits of another unit counts
        how far the value is from their middle; a number that must be met exactly has no scale.
        """
        if self.low is not None and self.high is not None and self.unit != "share":
            half = (self.high - self.low) / 2
            return abs(self.value - self.low - half) / half if half > 0 else None
        parts = [part for part in (self._of_low(), self._of_high()) if part is not None]
        return max(parts, default=None)

    @property
    def exceeded(self) -> bool:
        """Whether the value itself is beyond a limit."""
        low = self.low is not None and (self.value < self.low or (self.strict and self.value == self.low))
        high = self.high is not None and (self.value > self.high or (self.strict and self.value == self.high))
        return low or high

    def _of_high(self) -> float | None:
        return self.value / self.high if self.high else None

    def _of_low(self) -> float | None:
        if self.low is None or self.unit != "share" or self.low >= 1:
            return None
        return (1 - self.value) / (1 - self.low)


@dataclass(frozen=True)
class Words:
    """What an outcome says in one language."""

    description: str
    observed: str
    threshold: str
    problem: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Outcome:
    """One expectation and what was observed, in words.

    expectation: its type, e.g. `expect_column_values_to_be_unique`.
    key: what the check is called in every run, e.g. `valid_ratio`: descriptions hold numbers, so they change.
    measure: what it measured, as a number; None where there is none.
    french: what it says in French; without it the page says the English.
    unexpected_count, element_count: rows that fail, rows that were looked at; None where it counts no rows.
    examples: at most 10 failing rows.
    problem: why nothing can be said, which closes the gate whatever the severity; None normally.
    reason: why it failed, in rows: `690 of 1,000 rows are valid, 800 are needed`; empty without counts.
    approvable: up to where a person may let the run pass although it failed; None: nobody may.
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
    key: str = ""
    measure: Measure | None = None
    french: Words | None = None
    reason: str = ""
    approvable: Bound | None = None

    @property
    def name(self) -> str:
        """The key; of an outcome that was stored without one, its expectation and column."""
        return self.key or ".".join(filter(None, (self.expectation, self.column)))

    def words(self, language: Language) -> Words:
        """What it says in one language."""
        if language == "fr" and self.french is not None:
            return self.french
        return Words(self.description, self.observed, self.threshold, self.problem, self.reason)

    @property
    def closes(self) -> bool:
        """Whether this outcome alone closes the gate."""
        return self.problem is not None or (not self.success and self.severity == "critical")

    @property
    def may_be_approved(self) -> bool:
        """Whether it failed by its measure alone, which lies within the bound."""
        if self.problem is not None or self.approvable is None or self.measure is None:
            return False
        return self.measure.exceeded and self.approvable.allows(self.measure.value)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The outcome that `asdict` made `data` of."""
        made: dict[str, Any] = {"examples": tuple(Example(**example) for example in data["examples"])}
        for name, kind in (("measure", Measure), ("french", Words), ("approvable", Bound)):
            made[name] = kind(**data[name]) if data.get(name) else None
        return cls(**{**data, **made})


def numbered(names: Iterable[str]) -> list[str]:
    """The names in their order; of several that are the same the later ones are numbered."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return found


def folder_of_page(page: str) -> str:
    """The folder of a verdict, by its page."""
    return page.rpartition("/")[0]


@dataclass(frozen=True)
class GateReport:
    """What one gate decided about one batch.

    run: the run id as it is; run_name: its slug, the name of the run in paths. dag, task: whose run and
    which task of it decided; empty when no Airflow did.
    passed: whether the run goes on. severity: `critical` when the gate closed or a person opened it, else the
    worst failed severity, None when nothing failed.
    rows: rows of the batch; parameters: thresholds and facts that were used; seconds: wall time.
    page: the page, result_file: the result of Great Expectations, relative to `QualitySettings.path`.
    holds: what the gate holds back when it is closed, e.g. "the table users". counts: of rows, by what became
    of them. unpublished: what could not be written of the report, and why, a line each. erased: lines about
    a person that were taken out of the report later. notes: what else is to be said of the run. owner: who
    answers for the data, as its suite says; empty when that does not.
    started_at: ISO 8601, UTC. doubts: why nothing can be said about the batch as a whole.
    approval: what came of asking a person to open the closed gate; None: nobody was asked.
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
    dag: str = ""
    task: str = ""
    holds: Said | None = None
    counts: dict[str, int] = field(default_factory=dict)
    unpublished: tuple[str, ...] = ()
    erased: int = 0
    notes: tuple[Said, ...] = ()
    approval: Approval | None = None
    owner: str = ""

    @cached_property
    def by_name(self) -> Mapping[str, Outcome]:
        """The outcomes in their order; of several with one name the later ones are numbered."""
        names = numbered(outcome.name for outcome in self.outcomes)
        return dict(zip(names, self.outcomes, strict=True))

    @property
    def folder(self) -> str:
        """The folder of the page and of all that stands beside it, relative to `QualitySettings.path`."""
        return folder_of_page(self.page)

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
    def approved(self) -> bool:
        """Whether the gate is open because a person opened it."""
        return self.approval is not None and self.approval.state == "approved"

    @property
    def waits(self) -> bool:
        """Whether the run waits for a person."""
        return self.approval is not None and self.approval.state == "waiting"

    @property
    def may_be_approved(self) -> bool:
        """Whether a person may open the closed gate: every check that closes it lies within its bound."""
        return bool(self.critical) and not self.doubts and all(o.may_be_approved for o in self.critical)

    @property
    def summary(self) -> str:
        """The decision on one line, with the first reason."""
        reasons = [*self.doubts, *(f"{o.description}: {o.problem or o.observed}" for o in self.failed)]
        if not self.failed:
            count = f"{len(self.outcomes)} expectations"
            return (
                f"{self.gate} closed: {'; '.join(self.doubts)}" if reasons else f"{self.gate} passed: {count}"
            )
        decision = "approved" if self.approved else "passed" if self.passed else "closed"
        count = f"{len(self.failed)} of {len(self.outcomes)} expectations failed ({self.severity})"
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        return f"{self.gate} {decision}: {count}: {reasons[0]}{more}"

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON types."""
        data = asdict(self)
        data["outcomes"] = [{**asdict(o), "examples": [asdict(e) for e in o.examples]} for o in self.outcomes]
        return {
            **data,
            "doubts": list(self.doubts),
            "unpublished": list(self.unpublished),
            "notes": [asdict(n) for n in self.notes],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The report that `to_dict` made `data` of."""
        outcomes = tuple(Outcome.from_dict(outcome) for outcome in data["outcomes"])
        made: dict[str, Any] = {name: tuple(data.get(name, ())) for name in ("doubts", "unpublished")}
        made["notes"] = tuple(Said(**note) for note in data.get("notes", ()))
        made["holds"] = Said(**data["holds"]) if data.get("holds") else None
        made["approval"] = Approval.from_dict(data["approval"]) if data.get("approval") else None
        return cls(**{**data, "outcomes": outcomes, **made})
