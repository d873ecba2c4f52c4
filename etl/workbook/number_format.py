"""What a whole number looks like in its cell: `0# ## ## ## ##` shows 612345678 as `06 12 34 56 78`."""

import re
from functools import lru_cache

_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?\d+)\]")
_BRACKETS = re.compile(r"\[[^\]]*\]")
_MARK = re.compile(r'"([^"]*)"|\\(.)|_(.)|\*(.)|(.)', re.DOTALL)
_UNSEEN = re.compile(r'"[^"]*"?|\\.|[_*].|\[[^\]]*\]?|;.*', re.DOTALL)
"""What is no mark of a format: literals, what stands between brackets, and sections after the first."""
_TIME = re.compile(r"[dmhys]|a.*[pm/]", re.IGNORECASE | re.DOTALL)
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_SECONDS = re.compile(r"(s+[.,]?)0+", re.IGNORECASE)
PLACES = "0#?"
TIME_LETTERS = frozenset("abdeghjmpsty")
"""Letters of which formats of dates consist, in the languages of spreadsheet programs."""
LITERALS = frozenset(" -+()/:'\u00a0\u202f'")


def shown(code: str, value: str | float) -> str | None:
    """A whole number as a format of digits and other characters shows it.

    code: the format's. value: as it is stored. None: the format has more in it (a decimal point, a date), or
    is the usual one; then the number is its digits.
    """
    digits = _digits(value)
    if digits is None:
        return None
    section = _section(code, int(digits))
    marks = _marks(section) if section is not None else None
    if marks is None or len(marks) == marks.count("0") == 1:
        return None
    return _filled(marks, digits)


def is_general(code: str) -> bool:
    """Whether it is the usual format, in whatever language a program wrote it: `General`, `Standard`."""
    word = _UNSEEN.sub("", code).strip().lower()
    return word.isalpha() and not set(word) <= TIME_LETTERS


def misleads(code: str) -> bool:
    """Whether the reader takes it for a date although it shows a number: `Standard`, `0.00 DH`."""
    marks = _UNSEEN.sub("", code)
    if not _TIME.search(marks):
        return False
    return is_general(code) or any(mark in PLACES for mark in _SECONDS.sub(r"\1", marks))


def is_time(code: str) -> bool:
    """Whether it shows a date, a time or a duration."""
    marks = _UNSEEN.sub("", code)
    return bool(_TIME.search(marks) or _ELAPSED.search(code)) and not misleads(code)


def _digits(value: str | float) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return str(int(number)) if number >= 0 and number.is_integer() and number < 1e15 else None


def _section(code: str, number: int) -> str | None:
    """The part of the format that a number which is not negative goes by; None when there is none."""
    for condition, limit, section in _sections(code):
        if not condition or _holds(number, condition, limit):
            return section
    return None


@lru_cache
def _sections(code: str) -> tuple[tuple[str, int, str], ...]:
    """The parts of a format, each with its condition (empty: none) and the number that this compares with."""
    sections = []
    for section in re.findall(r'(?:"[^"]*"|\\.|[^;"\\])+', code):
        condition = _CONDITION.search(section)
        sign, limit = (condition[1], int(condition[2])) if condition else ("", 0)
        sections.append((sign, limit, _BRACKETS.sub("", section)))
    return tuple(sections)


def _holds(number: int, sign: str, limit: int) -> bool:
    match sign:
        case "<":
            return number < limit
        case "<=":
            return number <= limit
        case ">":
            return number > limit
        case ">=":
            return number >= limit
        case "=":
            return number == limit
        case _:
            return number != limit


@lru_cache
def _marks(section: str) -> tuple[str, ...] | None:
    """Places of digits as they are, all else with a mark before it; None when it is no such format."""
    marks = []
    for quoted, escaped, space, _, plain in _MARK.findall(section):
        if plain in PLACES and plain:
            marks.append(plain)
        elif plain and plain not in LITERALS:
            return None
        else:
            marks += [f"={letter}" for letter in (quoted or escaped or plain or (" " if space else ""))]
    return tuple(marks) if any(mark in PLACES for mark in marks) else None


def _filled(marks: tuple[str, ...], digits: str) -> str:
    """The digits in their places, from the right; those that are too many stand in the first place."""
    left = digits if digits != "0" else ""
    return _template(marks, len(left)) % tuple(left)


@lru_cache
def _template(marks: tuple[str, ...], count: int) -> str:
    """What so many digits look like, with `%s` for each of them."""
    out: list[str] = []
    first = next(place for place, mark in enumerate(marks) if mark in PLACES)
    for place in range(len(marks) - 1, -1, -1):
        mark = marks[place]
        if mark not in PLACES:
            out.append(mark[1:].replace("%", "%%"))
        elif count:
            taken = count if place == first else 1
            out += ["%s"] * taken
            count -= taken
        elif mark != "#":
            out.append("0" if mark == "0" else " ")
    return "".join(reversed(out)).strip()
