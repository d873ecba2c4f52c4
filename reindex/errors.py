"""What can go wrong with an index: see `pipeline.errors` for what the caller should do."""

from pipeline.errors import FatalError, RetriableError


class ClusterUnfitError(FatalError):
    """The cluster cannot take the copy: red, too little disk, a repository or a privilege that is missing."""


class QueriesError(FatalError):
    """The file with the searches of the platform is not there, or broken."""


class IndexConflictError(FatalError):
    """An index, alias or mapping is not what the run needs, or belongs to somebody else."""


class LockedError(FatalError):
    """Somebody else works on the served index; nothing was touched."""


class CopyError(FatalError):
    """The server could not copy the documents: they conflict with the mapping, or it gave up."""


class CopyInterruptedError(RetriableError):
    """The server forgot the copy (it was restarted), or the copy was cancelled; the retry resumes it."""


class SwapError(RetriableError):
    """The swap did not happen; the old index is served as before."""


class MappingFileError(ClusterUnfitError):
    """The file of REINDEX_MAPPING is missing, broken, or asks for what must not be; nothing was changed."""
