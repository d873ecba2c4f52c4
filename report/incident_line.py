"""An open incident as the overview and the page of its gate show it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from report.said import Language
from report.site import Site
from report.strip import State


@dataclass(frozen=True)
class IncidentLine:
    """A cause that is still there, in words.

    text: what was said of it last. since: how often, and since when. taken: who has acknowledged it, and
    until when it is muted; empty when nobody has. href: its page.
    """

    dag: str
    gate: str
    state: State
    text: str
    since: str
    taken: str
    href: str


IncidentLines = Callable[[Engine, Language, Site, datetime], Sequence[IncidentLine]]
"""The open incidents, in words; the newest first."""


def no_incidents(*_: object) -> Sequence[IncidentLine]:
    """No line."""
    return ()
