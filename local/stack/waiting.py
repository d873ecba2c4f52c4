"""Waiting for something outside this process, always with a limit."""

from collections.abc import Callable

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.1) -> bool:
    """Ask again and again; returns whether the condition came true within so many seconds.

    every: pause between two questions, seconds. What `condition` raises ends the wait.
    """
    retrying = Retrying(
        retry=retry_if_result(lambda met: not met),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(every),
        retry_error_callback=lambda _: False,
    )
    return bool(retrying(condition))
