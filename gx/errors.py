"""What keeps a gate from deciding, grouped by what the caller should do: try again, or change something."""


class GateError(Exception):
    """Base of every error that this package raises on purpose; its message is one line for a person."""


class GateUnavailable(GateError):  # noqa: N818 - reads as what it is
    """The gate could not look: database away, disk full, batch unreadable. Trying again may help."""


class GateMisuse(GateError):  # noqa: N818 - reads as what it is
    """The gate was asked wrongly: unknown gate or threshold, missing fact. Trying again would not help."""
