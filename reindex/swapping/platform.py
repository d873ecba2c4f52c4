"""The learning platform's own word on its health, after the index behind it was swapped."""

from time import monotonic

TIMEOUT_SECONDS = 5.0


def health(url: str) -> str:
    """What the health address answered, such as `200 OK after 12 ms`, or why it did not. Never raises.

    It asks once and reads no body; a failure is a warning for the report, the swap stands.
    """
    import httpx

    began = monotonic()
    try:
        with httpx.stream("GET", url, timeout=TIMEOUT_SECONDS, follow_redirects=True) as answer:
            status = f"{answer.status_code} {answer.reason_phrase}".strip()
    except httpx.TimeoutException:
        return f"no answer within {TIMEOUT_SECONDS:.0f} s"
    except Exception as error:  # noqa: BLE001 - names such as `a..b` raise what httpx does not wrap
        return f"no answer ({' '.join(str(error).split()) or type(error).__name__})"
    return f"{status} after {1000 * (monotonic() - began):.0f} ms"
