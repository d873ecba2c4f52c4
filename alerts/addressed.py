"""Who gets which part of what a run has to say: those who are told of the same get one message."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from alerts.causes import TASK
from alerts.news import News
from alerts.outcome import RunOutcome
from alerts.routes import Routes, Target
from report.gate_report import GateReport

Scope = tuple[str, str]


@dataclass(frozen=True)
class Parcel:
    """What some targets are told."""

    targets: tuple[Target, ...]
    outcome: RunOutcome
    news: tuple[News, ...]


@dataclass
class _Share:
    """What concerns one target."""

    news: list[News] = field(default_factory=list)
    scopes: set[Scope] = field(default_factory=set)

    @property
    def part(self) -> tuple[tuple[News, ...], frozenset[Scope]]:
        return tuple(self.news), frozenset(self.scopes)


def addressed(outcome: RunOutcome, news: Sequence[News], routes: Routes) -> list[Parcel]:
    """The messages of a run.

    A message is worth sending when something in it is new, a reminder or over, when a person is asked or has
    answered, or when a setting is wrong, which is told where everything goes that no route takes. It tells
    also what is not new in the gates that concern its targets: no check hides another.
    """
    parcels = list(_parcels(outcome, _shares(outcome, news, routes)))
    told = {target for parcel in parcels for target in parcel.targets}
    untold = tuple(target for target in routes.default if target not in told)
    if outcome.wrong_settings and untold:
        parcels.append(Parcel(untold, replace(outcome, reports=(), errors=(), missed=()), ()))
    return parcels


def _shares(outcome: RunOutcome, news: Iterable[News], routes: Routes) -> dict[Target, _Share]:
    shares: dict[Target, _Share] = {}
    for each in news:
        for target in routes.targets(*each.cause.scope, each.severity, each.owner):
            share = shares.setdefault(target, _Share())
            share.news.append(each)
            share.scopes.add(each.cause.scope)
    for report in (*outcome.closed, *outcome.approved, *outcome.warned):
        for target in routes.targets(report.dag, report.gate, _severity(report), report.owner):
            shares.setdefault(target, _Share()).scopes.add(_scope(report))
    return shares


def _parcels(outcome: RunOutcome, shares: dict[Target, _Share]) -> Iterator[Parcel]:
    alike: dict[tuple[tuple[News, ...], frozenset[Scope]], list[Target]] = {}
    for target, share in shares.items():
        alike.setdefault(share.part, []).append(target)
    for (news, scopes), targets in alike.items():
        part = _part(outcome, news, scopes)
        if any(each.is_told for each in news) or part.answers:
            yield Parcel(tuple(targets), part, news)


def _part(outcome: RunOutcome, news: Iterable[News], scopes: frozenset[Scope]) -> RunOutcome:
    there = {each.cause for each in news if each.kind != "resolved"}
    failed = {cause.gate for cause in there if cause.check == TASK}
    missed = {cause.scope for cause in there}
    return replace(
        outcome,
        reports=tuple(r for r in outcome.reports if _scope(r) in scopes and not _is_good(r)),
        errors=tuple(error for error in outcome.errors if error.task_id in failed),
        missed=tuple(each for each in outcome.missed if (each.dag, each.kind) in missed),
    )


def _scope(report: GateReport) -> Scope:
    return (report.dag, report.gate)


def _is_good(report: GateReport) -> bool:
    return report.passed and not report.failed


def _severity(report: GateReport) -> str:
    return "critical" if report.critical or report.doubts else "warning"
