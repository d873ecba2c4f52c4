"""A limit, the figure that was measured, and the verdict."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Limit:
    """A figure against its limit. unit: what both are counted in, such as `s` or `×`."""

    name: str
    value: float
    sense: Literal["at least", "at most"]
    bound: float
    unit: str

    @property
    def met(self) -> bool:
        """Whether the figure keeps the limit."""
        return self.value >= self.bound if self.sense == "at least" else self.value <= self.bound

    def __str__(self) -> str:
        verdict = "met" if self.met else "not met"
        return (
            f"{verdict}: {self.name}: {self.value:.2f} {self.unit} ({self.sense} {self.bound:g} {self.unit})"
        )
