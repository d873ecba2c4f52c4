"""What keeps a gate from deciding: see `pipeline.errors` for what the caller should do."""

from pipeline.errors import FatalError, RetriableError


class GateError(FatalError):
    """Great Expectations itself gave up."""


class GateUnavailable(RetriableError):  # noqa: N818 - reads as what it is
    """The gate could not look: database away, disk full, batch unreadable. Trying again may help."""


class GateMisuse(FatalError):  # noqa: N818 - reads as what it is
    """The gate was asked wrongly: unknown gate or threshold, missing fact. Trying again would not help."""


class PageNotRendered(GateError):  # noqa: N818 - reads as what it is
    """Great Expectations cannot make its own page of a result; the verdict stands."""
