"""What can go wrong with the local stack: every message is one line for a person."""


class LocalStackError(Exception):
    """The stack cannot start, run or stop; the message names the object and what to do next."""
