"""An incident, what happened to it, and what a run says of it."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, Self

from sqlalchemy import RowMapping

from alerts.causes import Cause
from report.gate_report import folder_of_page
from report.said import Said

Severity = Literal["critical", "warning"]
Changed = Literal["opened", "repeated", "reminded", "muted", "resolved"]
Kind = Literal["opened", "repeated", "reminded", "muted", "resolved", "acknowledged", "mute", "unmute"]
"""What happened: a run saw it (the first four), a run saw that it is over, or somebody did something.

`muted` is a run that saw it while it was muted; `mute` is the muting.
"""

SEEN: tuple[Kind, ...] = ("opened", "repeated", "reminded", "muted")
TOLD: tuple[Kind, ...] = ("opened", "reminded", "resolved")
"""What people are told of."""


@dataclass(frozen=True)
class Incident:
    """A cause from its first failing verdict to its first good one.

    said: what was said of it last. opened_at, seen_at: when its first and its last failing verdict began.
    times: how many runs have seen it. last_told_at: when people were last told. muted_until: the first moment
    at which it is not muted any more; it stays when that has passed. resolved_at: None while it is open.
    """

    id: int
    cause: Cause
    severity: Severity
    owner: str
    said: Said
    opened_at: datetime
    seen_at: datetime
    last_run: str
    times: int
    last_told_at: datetime
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    muted_by: str | None = None
    muted_until: datetime | None = None
    muted_reason: str | None = None
    resolved_at: datetime | None = None
    resolved_run: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether its cause is still there, as far as is known."""
        return self.resolved_at is None

    def is_muted(self, now: datetime) -> bool:
        """Whether nobody wants to be told of it now."""
        return self.is_open and self.muted_until is not None and now < self.muted_until

    @classmethod
    def of(cls, row: RowMapping | Mapping[str, Any]) -> Self:
        """The incident of a row of `quality_incidents`."""
        fields = dict(row)
        cause = Cause(*(fields.pop(name) for name in ("dag", "gate", "check")))
        return cls(**{**fields, "cause": cause, "said": Said(**fields["said"])})


@dataclass(frozen=True)
class Event:
    """Something that happened to an incident.

    run, page: of the verdict that saw it; empty of what a person did. who, reason, until: of what they did.
    has_page: whether the verdict is still in `quality_runs`.
    """

    id: int
    at: datetime
    kind: Kind
    run: str
    page: str
    said: Said | None
    who: str
    reason: str
    until: datetime | None
    has_page: bool

    @property
    def folder(self) -> str:
        """The folder of the verdict."""
        return folder_of_page(self.page)


@dataclass(frozen=True)
class Sighting:
    """A cause that a run has seen.

    page: of the verdict, `GateReport.page`; empty without one. at: when the verdict began; None: now.
    """

    cause: Cause
    severity: Severity
    owner: str
    run: str
    page: str
    text_en: str
    text_fr: str
    at: datetime | None = None

    @property
    def said(self) -> dict[str, str]:
        """What is wrong, as the tables keep it."""
        return asdict(Said(self.text_en, self.text_fr))


@dataclass(frozen=True)
class Good:
    """What a run has looked at and found in order.

    gate: as of a `Cause`. checks: those that are good; None: all of the gate, those that it no longer has as
    well. page: of the verdict; at: when it began, None: now.
    """

    dag: str
    gate: str
    checks: Collection[str] | None = None
    page: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Change:
    """What a run did to an incident. kind: `opened`, `repeated`, `reminded`, `muted` or `resolved`."""

    kind: Changed
    incident: Incident

    @property
    def is_told(self) -> bool:
        """Whether somebody gets a message because of it."""
        return self.kind in TOLD
