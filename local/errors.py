"""What can go wrong with the local stack: every message is one line for a person."""

from pipeline.errors import FatalError


class LocalStackError(FatalError):
    """The stack cannot start, run or stop; the message names the object and what to do next."""
