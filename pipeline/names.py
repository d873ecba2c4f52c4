"""The name of a run in the names of files, folders and pages."""

import hashlib
import re

SLUG_LENGTH = 120
CHECKSUM_LENGTH = 12

ENDS_IN_CHECKSUM = re.compile(rf"-[0-9a-f]{{{CHECKSUM_LENGTH}}}\Z")


def slug(run: str) -> str:
    """The run id as the name of a file, at most `SLUG_LENGTH` characters; no two ids have the same.

    An id that is such a name already stays as it is. Any other ends in a checksum of the id, and so does one
    that looks as if it did: otherwise `a:b` and `a/b` would share a folder, and their data would mix.
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", run).lstrip(".-") or "run"
    if name == run and len(name) <= SLUG_LENGTH and not ENDS_IN_CHECKSUM.search(name):
        return name
    checksum = hashlib.sha256(run.encode(errors="surrogatepass")).hexdigest()[:CHECKSUM_LENGTH]
    return f"{name[: SLUG_LENGTH - CHECKSUM_LENGTH - 1]}-{checksum}"
