"""Sentences in every language of the report: made once, where the numbers are known, and kept as they are.

The rules of a language (plurals, decimal signs, groups of digits) are Babel's.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import Any, Literal, get_args

from babel import Locale
from babel.numbers import format_decimal

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
ENGLISH: Language = "en"

MAX_DIGITS = 8
VALUE_DIGITS = 3
"""Most decimals of a number in a sentence."""
NARROW_SPACE = "\u202f"

FRENCH_SPACES = re.compile(r"(?<=«) | (?=[:;!?%»])")
"""Spaces that French typography wants narrow, where no line may break."""


@dataclass(frozen=True)
class Said:
    """A sentence in each language; as text it is the English one."""

    en: str
    fr: str

    def __str__(self) -> str:
        return self.en

    def __format__(self, spec: str) -> str:
        return format(self.en, spec)

    def in_language(self, language: Language) -> str:
        """The sentence in one language."""
        return self.fr if language == "fr" else self.en


def say(en: str, fr: str, **values: Any) -> Said:
    """A sentence from one template a language, with the same values.

    A value's format is `number` (1,234.5), `decimal` (1,234.0), `percent` (of a ratio 0-1), or the noun that
    it counts, in the plural forms of the language: `{rows:row|rows}` is "1 row", "2,000 rows".
    A value that is a `Said` is put in in its language; without a format a value is put in as it is.
    The French template is written with plain spaces: those before `:` or `%` and the like become narrow ones.
    """
    return Said(en=Words("en").sentence(en, **values), fr=Words("fr").sentence(fr, **values))


def plain(text: str | Said) -> Said:
    """The sentence; a plain text is the same in each language."""
    return text if isinstance(text, Said) else Said(text, text)


def joined(sentences: Sequence[Said]) -> Said:
    """Several sentences as one, between semicolons."""
    return Said(
        "; ".join(each.en for each in sentences), f"{NARROW_SPACE}; ".join(each.fr for each in sentences)
    )


class Words(Formatter):
    """Puts values into sentences of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def sentence(self, template: str, **values: Any) -> str:
        """The template with its values, its own spaces as the language wants them."""
        typeset = FRENCH_SPACES.sub(NARROW_SPACE, template) if self.language == "fr" else template
        return self.format(typeset, **values)

    def format_field(self, value: Any, format_spec: str) -> str:
        """The value by its format, as `say` describes it."""
        if isinstance(value, Said):
            return value.in_language(self.language)
        match format_spec:
            case "number":
                return number(value, self.language, digits=VALUE_DIGITS)
            case "decimal":
                return str(format_decimal(value, format="#,##0.0", locale=locale_of(self.language)))
            case "percent":
                return percent(value, self.language)
            case forms if "|" in forms:
                return counted(value, forms.split("|"), self.language)
        return str(super().format_field(value, format_spec))


def number(value: float, language: Language = ENGLISH, *, digits: int = 1) -> str:
    """A number with groups of digits and at most so many decimals: `12,345.6`, `12 345,6`."""
    return str(format_decimal(value, format=f"#,##0.{'#' * digits}", locale=locale_of(language)))


def percent(ratio: float, language: Language = ENGLISH) -> str:
    """The ratio as a percentage: `80 %`, `71.3 %`; more digits where rounding would hide a difference."""
    value = ratio * 100
    whole, digits = math.isclose(value, round(value)), 1
    while not whole and digits < MAX_DIGITS and float(f"{value:.{digits}f}").is_integer():
        digits += 1
    space = NARROW_SPACE if language == "fr" else " "
    rounded = float(f"{value:.{digits}f}")
    return f"{format_decimal(rounded, format='0.########', locale=locale_of(language))}{space}%"


def at_least(ratio: float) -> Said:
    """A lower limit in words: `at least 80 %`."""
    return say("at least {ratio:percent}", "au moins {ratio:percent}", ratio=ratio)


def at_most(ratio: float) -> Said:
    """An upper limit in words: `at most 5 %`."""
    return say("at most {ratio:percent}", "au plus {ratio:percent}", ratio=ratio)


def counted(count: float, forms: Sequence[str], language: Language) -> str:
    """So many things. forms: the noun, in the order of the language's plural categories (one, other)."""
    categories = ("one", "other")
    # Babel knows no plural of infinity, which a broken file can count.
    form = locale_of(language).plural_form(count) if math.isfinite(count) else "other"
    noun = forms[categories.index(form)] if form in categories else forms[-1]
    return f"{number(count, language)} {noun}"


@cache
def locale_of(language: Language) -> Locale:
    """The rules of a language."""
    return Locale(language)
