"""The last verdicts of a gate as a strip: a mark a verdict, coloured and as tall as what it decided."""

from collections.abc import Sequence, Sized
from typing import Literal, Protocol

from markupsafe import Markup

from report import dates
from report.gate_report import Outcome
from report.said import Language
from report.site import Site
from report.words import word

State = Literal["open", "warning", "closed"]
"""How bad it is, as the classes of the stylesheet are called."""

SHOWN = 30
"""Verdicts of a strip."""

MARK = Markup('<li><a class="%s" href="%s" title="%s" aria-label="%s"></a></li>')


class Verdict(Protocol):
    """What a mark is made of: a report, or the line of an earlier one."""

    @property
    def started_at(self) -> str:
        """ISO 8601, UTC."""

    @property
    def folder(self) -> str:
        """Where its page stands."""

    @property
    def passed(self) -> bool:
        """Whether the gate was open."""

    @property
    def failed(self) -> Sized:
        """The checks that did not succeed."""


def state_of(report: Verdict) -> State:
    """What a gate decided."""
    if not report.passed:
        return "closed"
    return "warning" if report.failed else "open"


def outcome_state(outcome: Outcome) -> State:
    """What one check says of its batch."""
    if outcome.closes:
        return "closed"
    return "open" if outcome.success else "warning"


def strip(reports: Sequence[Verdict], language: Language, *, site: Site) -> Markup:
    """The last verdicts with links to their pages. reports: the newest first; the strip ends with it."""
    shown = list(reversed(reports[:SHOWN]))
    marks = Markup("").join(_mark(report, language, site) for report in shown)
    title = word("strip", language, n=len(shown))
    return Markup('<ol class="strip" aria-label="{}">{}</ol>').format(title, marks)


def _mark(report: Verdict, language: Language, site: Site) -> Markup:
    state = state_of(report)
    when = dates.short(dates.moment_of(report.started_at), language, site.zone)
    said = f"{when} · {word(state, language)}"
    return MARK % (state, site.verdict(report.folder, language), said, said)
