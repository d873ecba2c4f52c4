"""The XML of a part in UTF-8, its elements without a prefix: whole, or of a sheet piece by piece."""

import re
from collections.abc import Iterator
from typing import IO

SIZE = 1 << 20
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PREFIX = re.compile(rb"<([A-Za-z]\w*):(?:worksheet|sst|styleSheet)\b")


def plain(content: bytes) -> bytes:
    """A part as a whole."""
    if content.startswith(_UTF_16):
        content = re.sub(r"^<\?xml[^>]*\?>", "", content.decode("utf-16")).encode()
    return _without_prefix(content, _PREFIX.search(content[:4096]))


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """A sheet in pieces that end before a cell or a row."""
    rest = b""
    for piece in _whole_tags(stream):
        rest += piece
        cut = max(rest.rfind(b"<c "), rest.rfind(b"<c>"), rest.rfind(b"<row"))
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
    yield rest


def _whole_tags(stream: IO[bytes]) -> Iterator[bytes]:
    rest = stream.read(SIZE)
    if rest.startswith(_UTF_16):
        yield plain(rest + stream.read())
        return
    prefix = _PREFIX.search(rest[:4096])
    while piece := stream.read(SIZE):
        cut = max(rest.rfind(b"<"), 0)
        yield _without_prefix(rest[:cut], prefix)
        rest = rest[cut:] + piece
    yield _without_prefix(rest, prefix)


def _without_prefix(content: bytes, prefix: re.Match[bytes] | None) -> bytes:
    return re.sub(rb"(</?)" + prefix[1] + rb":", rb"\1", content) if prefix else content
