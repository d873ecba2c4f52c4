"""What stands at an address of the report, as an answer of HTTP."""

from typing import TYPE_CHECKING

from report.served import Moved, Served

if TYPE_CHECKING:
    from fastapi import Response

NOT_FOUND = "No such page in the quality report. Was it removed, or has no gate run yet?"


def answer(found: Served | Moved | None, *, moved: int = 302) -> "Response":
    """The answer; 404 when nothing was found. moved: the status that leads elsewhere."""
    from fastapi.responses import PlainTextResponse, RedirectResponse, Response

    if found is None:
        return PlainTextResponse(NOT_FOUND, status_code=404)
    if isinstance(found, Moved):
        return RedirectResponse(found.to, status_code=moved)
    return Response(found.content, found.status, found.headers, found.media_type)
