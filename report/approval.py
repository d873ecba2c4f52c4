"""The bound up to which a person may open a closed gate, and what came of asking."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

State = Literal["waiting", "approved", "refused", "unanswered", "outdated"]
"""Nobody has answered yet; yes; no; nobody did in time; yes, but to what had changed meanwhile."""

OF_THE_DECISION = ("passed", "approval")
"""What an answer changes in a report."""


@dataclass(frozen=True)
class Bound:
    """How far beyond its limit a check may be for a person to let the run pass; the ends are allowed."""

    low: float | None = None
    high: float | None = None

    def allows(self, value: float) -> bool:
        """Whether a measure lies within the bound; nothing lies within one without a limit."""
        if self.low is None and self.high is None:
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class Evidence:
    """What a person decides on. batch: SHA-256 of the gate's input; verdict: of what the gate said of it."""

    batch: str
    verdict: str


@dataclass(frozen=True)
class Approval:
    """What came of asking a person.

    until: when the run stops waiting; at: when the answer came; both ISO 8601, UTC. by: the login; empty when
    nobody answered. reason: what that person wrote, without email addresses.
    """

    state: State
    evidence: Evidence
    until: str
    by: str = ""
    at: str = ""
    reason: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The approval that `asdict` made `data` of."""
        return cls(**{**data, "evidence": Evidence(**data["evidence"])})


def checksum_of(verdict: Mapping[str, Any]) -> str:
    """SHA-256 of a verdict, whatever was answered to it. verdict: as `GateReport.to_dict` makes it."""
    said = {name: value for name, value in verdict.items() if name not in OF_THE_DECISION}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
