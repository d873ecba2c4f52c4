"""What somebody else's error says, as people may read it: one line, without addresses."""

import re

LENGTH = 300
"""Characters of somebody else's message that are kept."""


def first_line(error: object, *, otherwise: str | None = None) -> str:
    """The first line of what an error says; of one that says nothing `otherwise`, or else its type."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else otherwise or type(error).__name__


def last_line(error: object, *, otherwise: str | None = None) -> str:
    """The last line, where a library explains itself at the end; as `first_line` otherwise."""
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else otherwise or type(error).__name__


def shown(line: str) -> str:
    """The line without email addresses, and of at most `LENGTH` characters."""
    return re.sub(r"\S+@\S+", "…", line)[:LENGTH]
