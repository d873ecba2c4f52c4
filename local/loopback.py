"""Questions to the stack's own servers, which speak plain HTTP on the loopback."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx


def asked(url: str, *, timeout: float, auth: tuple[str, str] | None = None) -> "httpx.Response | None":
    """What a server answers within so many seconds; None while it does not."""
    import httpx

    try:
        return httpx.get(
            url,
            auth=auth,
            timeout=timeout,
            trust_env=False,
            verify=False,  # noqa: S501 - there is no TLS: certificates would only be loaded, at each question
        )
    except httpx.TransportError:
        return None
