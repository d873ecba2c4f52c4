"""What can go wrong, by what the caller should do: give up, try again, or nothing at all.

Whoever adds a step or a gate derives from these: Airflow and the command lines know no others.
"""


class PipelineError(Exception):
    """Base of every error that is raised on purpose; its message is one line for a person."""


class FatalError(PipelineError):
    """Trying again would end the same way: somebody has to change the data, a setting or a service."""


class RetriableError(PipelineError):
    """The world may be different in a minute: a file still being written, a database or a node away."""


class ChangedSinceApprovalError(FatalError):
    """What a person let pass is not what is there now."""


class NothingToDo(Exception):  # noqa: N818 - an outcome, not an error
    """There is nothing to do; what follows is skipped. Its message says why."""
