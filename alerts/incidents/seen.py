"""What a run says of causes: which are there, which are not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from alerts.causes import DOUBT, TASK, Cause
from alerts.incidents.incident import Good, Sighting
from report.banner import reason
from report.gate_report import GateReport, Outcome
from report.said import Said, joined
from report.terms import term


@dataclass(frozen=True)
class Seen:
    """What is wrong, and what was found good."""

    sightings: tuple[Sighting, ...] = ()
    good: tuple[Good, ...] = ()

    @classmethod
    def all_of(cls, parts: Iterable["Seen"]) -> "Seen":
        """Several as one."""
        parts = list(parts)
        return cls(
            tuple(each for part in parts for each in part.sightings),
            tuple(each for part in parts for each in part.good),
        )


NOTHING = Seen()


def seen_by_gate(report: GateReport, *, warnings: bool = False) -> Seen:
    """What the verdict of a gate says.

    A closed gate says that what closed it is there: a check each, and its doubt. Of the other checks it says
    that those are good which passed; one that it could not judge, or does not have any more, stays as it is.
    An open gate says that all is good, whatever its suite has now; one that a person has opened says what the
    closed one said. A run set apart says nothing.
    warnings: whether failed warnings are causes, too.
    """
    if report.apart:
        return NOTHING
    told = {name: outcome for name, outcome in report.by_name.items() if _is_told(outcome, warnings)}
    sightings = [_of_check(report, name, outcome) for name, outcome in told.items()]
    if report.doubts:
        sightings.append(_of_doubt(report))
    passed = {name for name, outcome in report.by_name.items() if outcome.success and not outcome.problem}
    # Of an empty batch, or one that no check was made of, nothing is known.
    known = set() if report.doubts else {*passed, DOUBT}
    is_good = report.passed and not report.critical
    checks = None if is_good else known
    began = datetime.fromisoformat(report.started_at)
    of_gate = Good(report.dag, report.gate, checks, report.page, began)
    # Open or closed, its task has come to a verdict.
    of_task = Good(report.dag, report.task, frozenset({TASK}), report.page, began)
    return Seen(tuple(sightings), (of_gate, of_task) if report.task else (of_gate,))


def seen_of_task(dag: str, task: str, run: str, *, failure: str | None) -> Seen:
    """What a task says that came to its end. failure: why it failed without a verdict; None: it did not."""
    if failure is None:
        return Seen(good=(Good(dag, task, frozenset({TASK})),))
    return Seen((Sighting(Cause(dag, task, TASK), "critical", "", run, "", failure, failure),))


def _is_told(outcome: Outcome, warnings: bool) -> bool:
    return outcome.closes or (warnings and not outcome.success and outcome.severity == "warning")


def _of_check(report: GateReport, name: str, outcome: Outcome) -> Sighting:
    said = Said(reason(outcome, "en"), reason(outcome, "fr"))
    return _sighting(report, name, said, is_critical=outcome.closes)


def _of_doubt(report: GateReport) -> Sighting:
    said = joined([Said(term(doubt, "en"), term(doubt, "fr")) for doubt in report.doubts])
    return _sighting(report, DOUBT, said, is_critical=True)


def _sighting(report: GateReport, check: str, said: Said, *, is_critical: bool) -> Sighting:
    return Sighting(
        cause=Cause(report.dag, report.gate, check),
        severity="critical" if is_critical else "warning",
        owner=report.owner,
        run=report.run,
        page=report.page,
        text_en=said.en,
        text_fr=said.fr,
        at=datetime.fromisoformat(report.started_at),
    )
