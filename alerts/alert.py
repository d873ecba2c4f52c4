"""What one message says, before any channel gives it a shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from report.said import Language

State = Literal["closed", "waiting", "failed", "missed", "reminder", "resolved", "approved", "warning"]
Tone = Literal["bad", "warning", "good"]

TONES: Mapping[State, Tone] = {
    "closed": "bad",
    "waiting": "warning",
    "failed": "bad",
    "missed": "bad",
    "reminder": "bad",
    "resolved": "good",
    "approved": "warning",
    "warning": "warning",
}


@dataclass(frozen=True)
class Link:
    """A sentence that may lead somewhere. href: a whole address, or empty."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Reason:
    """A check that failed.

    severity: in words. closes: whether it closes the gate. limit: what was expected. examples: masked lines.
    rows: how many failed; unit: what these are, in the plural.
    """

    severity: str
    closes: bool
    check: str
    observed: str
    limit: str
    examples: tuple[str, ...] = ()
    rows: int = 0
    unit: str = ""


@dataclass(frozen=True)
class Section:
    """One gate, task or missed event.

    consequence: what became of what is behind it. count: how many checks failed, of how much. about: of its
    incidents, since when and who has it. steps: what to do next, in order. links: where to look.
    """

    headline: str
    consequence: str = ""
    count: str = ""
    about: tuple[Link, ...] = ()
    reasons: tuple[Reason, ...] = ()
    steps: tuple[Link, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Alert:
    """One message in one language.

    key: the same for what is the same news: 32 hexadecimal digits. run_link: to the run in Airflow.
    counts: what the run did, in words. notes: what else is to be said.
    """

    key: str
    state: State
    subject: str
    title: str
    language: Language
    dag: str
    run: str
    run_link: Link
    sections: tuple[Section, ...] = ()
    counts: str = ""
    notes: tuple[str, ...] = ()

    @property
    def tone(self) -> Tone:
        """How bad it is."""
        return TONES[self.state]

    @property
    def colour(self) -> str:
        """The colour of its tone, as the report has it."""
        return {"bad": "#b91c1c", "warning": "#b45309", "good": "#15803d"}[self.tone]

    @property
    def reference(self) -> str:
        """What a person tells two messages with the same news by."""
        return self.key[:8]
