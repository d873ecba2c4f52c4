"""What can go wrong with users: see `pipeline.errors` for what the caller should do."""

from pipeline.errors import FatalError, NothingToDo, RetriableError


class WorkbookError(FatalError):
    """A workbook that cannot be read as users; names the file, the sheet, the place and the next step."""


class WorkbookNotReadyError(RetriableError):
    """A workbook that is not there yet, or that somebody is still writing."""


class TargetError(FatalError):
    """The tables in PostgreSQL are not the ones this product may write to."""


class DuplicateEmailsError(FatalError):
    """Persons in the target share an email; somebody has to merge or rename them."""


class TargetBusyError(RetriableError):
    """The tables in PostgreSQL stay locked by somebody else; nothing was written."""


class MergeError(RetriableError):
    """The merge did not add up and was rolled back; nothing was written."""


class UnchangedWorkbooks(NothingToDo):
    """The workbooks are the ones of the last published run."""
