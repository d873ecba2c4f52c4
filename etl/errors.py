"""What can go wrong, grouped by what the caller should do: give up, or try again."""


class UsersError(Exception):
    """Base of every error that this package raises on purpose; its message is one line for a person."""


class FatalUsersError(UsersError):
    """Trying again would end the same way: somebody has to change the workbook, the table or a setting."""


class RetriableUsersError(UsersError):
    """The world may be different in a minute: a file still being written, a database away."""


class WorkbookError(FatalUsersError):
    """A workbook that cannot be read as users; names the file, the sheet, the place and the next step."""


class WorkbookNotReadyError(RetriableUsersError):
    """A workbook that is not there yet, or that somebody is still writing."""


class TargetError(FatalUsersError):
    """The tables in PostgreSQL are not the ones this product may write to."""


class TargetBusyError(RetriableUsersError):
    """The tables in PostgreSQL stay locked by somebody else; nothing was written."""


class MergeError(RetriableUsersError):
    """The merge did not add up and was rolled back; nothing was written."""


class UnchangedWorkbooks(Exception):  # noqa: N818 - an outcome, not an error
    """The workbooks are the ones of the last published run: there is nothing to do."""
