"""What can go wrong, grouped by what the caller should do: give up, or try again."""


class ReindexError(Exception):
    """Base of every error that this package raises on purpose; its message is one line for a person."""


class FatalReindexError(ReindexError):
    """Trying again would end the same way: somebody has to change the cluster, an index or a setting."""


class RetriableReindexError(ReindexError):
    """The world may be different in a minute: a node that restarts, a time-out, a disk that is cleaned."""


class ClusterUnfitError(FatalReindexError):
    """The cluster cannot take the copy: red, too little disk, a repository or a privilege that is missing."""


class IndexConflictError(FatalReindexError):
    """An index, alias or mapping is not what the run needs, or belongs to somebody else."""


class LockedError(FatalReindexError):
    """Somebody else works on the served index; nothing was touched."""


class CopyError(FatalReindexError):
    """The server could not copy the documents: they conflict with the mapping, or it gave up."""


class CopyInterruptedError(RetriableReindexError):
    """The server forgot the copy (it was restarted), or the copy was cancelled; the retry resumes it."""


class SwapError(RetriableReindexError):
    """The swap did not happen; the old index is served as before."""
