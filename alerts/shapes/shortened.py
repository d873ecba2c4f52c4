"""How much of a message fits into what people read on a telephone."""

from collections.abc import Sequence
from dataclasses import replace

from alerts.alert import Reason, Section
from alerts.words import Say, words_in
from report.said import Language

MAX_REASONS, MAX_EXAMPLES = 6, 3
"""Checks of a section that are told, and examples of each: the report has all."""


def shortened(text: str, length: int) -> str:
    """The text in at most so many characters."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def reasons(section: Section, language: Language) -> tuple[Sequence[Reason], str]:
    """The first checks of a section, with their first examples; and how many more there are, in words.

    Nothing is left out silently: `more` is empty only when the section has no other check.
    """
    shown = [replace(each, examples=each.examples[:MAX_EXAMPLES]) for each in section.reasons[:MAX_REASONS]]
    left = len(section.reasons) - len(shown)
    return shown, words_in(language)("more_checks", n=left) if left else ""


def examples(reason: Reason, say: Say) -> list[str]:
    """The examples of a check, behind a line that says how many of how many these are, if there are more."""
    shown = len(reason.examples)
    if not shown or reason.rows <= shown:
        return list(reason.examples)
    return [say("examples", shown=shown, all=reason.rows, unit=reason.unit), *reason.examples]
