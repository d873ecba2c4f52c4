"""What a column may hold: reader, SQL type, expectation and sample of a column follow from its kind.

A cell that a strict kind does not understand rejects its row. One that a lenient kind does not understand is
a warning, and leaves what is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    """Any text; a row without one is rejected."""


@dataclass(frozen=True)
class Email:
    """An email address, by which users are told apart; a row without one is rejected."""


@dataclass(frozen=True)
class Age:
    """A whole number of years, low and high included."""

    low: int
    high: int


@dataclass(frozen=True)
class Text:
    """Any text."""


@dataclass(frozen=True)
class Decimal:
    """A number from 0 to high. digits: in all, of which `places` stand behind the point, as in SQL."""

    high: int
    digits: int
    places: int


@dataclass(frozen=True)
class Choice:
    """One of a few values. spellings: per value, how people write it, as `spelling.key` leaves that."""

    spellings: Mapping[str, tuple[str, ...]]

    @property
    def values(self) -> tuple[str, ...]:
        """The values, in the order in which they are told."""
        return tuple(self.spellings)


@dataclass(frozen=True)
class Labels:
    """Several labels in one cell, kept in tables of their own. longest: characters of one."""

    longest: int


Strict = Name | Email | Age
Lenient = Text | Decimal | Choice | Labels
Kind = Strict | Lenient
