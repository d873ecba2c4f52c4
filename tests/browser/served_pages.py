"""Pages from a folder in a browser without internet access, and what goes wrong in them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Page, Request, Response, Route, StorageState, ViewportSize

NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.violations.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`));
"""


@dataclass
class Watched:
    """A page, and what it did wrong so far.

    others: addresses on other hosts that it asked for, none of which is answered. refused: addresses on its
    own host that are not there. errors: of scripts, and what the browser writes to its console as errors.
    """

    page: Page
    others: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def violations(self) -> list[str]:
        """What the Content-Security-Policy forbade."""
        return list(self.page.evaluate("window.violations"))

    @property
    def faults(self) -> list[str]:
        """All of it."""
        return [*self.others, *self.refused, *self.errors, *self.violations]

    @property
    def scrolls_sideways(self) -> bool:
        """Whether the page is wider than its window."""
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        return bool(self.page.evaluate(wide))


@contextmanager
def served(folder: Path, *, policy: str) -> Iterator[str]:
    """The address of a server of the files below the folder. policy: the Content-Security-Policy of each."""
    handler = partial(_Files, directory=str(folder), policy=policy)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def watched(
    browser: Browser,
    address: str,
    *,
    width: int = 1300,
    height: int = 900,
    login: StorageState | None = None,
) -> Iterator[Watched]:
    """The page at an address, loaded; all other hosts are out of reach.

    address: of HTTP or of a file. login: what a browser that is logged in remembers.
    """
    size: ViewportSize = {"width": width, "height": height}
    # A colour on its way from one theme to the other is neither.
    context = browser.new_context(viewport=size, locale="en-GB", storage_state=login, reduced_motion="reduce")
    context.add_init_script(NOTE_VIOLATIONS)
    page = context.new_page()
    seen = Watched(page)
    own = "file://" if address.startswith("file:") else "/".join(address.split("/")[:3])

    def answer(route: Route, request: Request) -> None:
        if request.url.startswith((f"{own}/", "data:")):
            route.continue_()
        else:
            seen.others.append(request.url)
            route.abort()

    def check(response: Response) -> None:
        if response.status >= 400:
            seen.refused.append(f"{response.status} {response.url}")

    page.route("**/*", answer)
    page.on("response", check)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
    page.on("dialog", lambda dialog: (seen.errors.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    yield seen
    context.close()


class _Files(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: object, policy: str, **options: object) -> None:
        self.policy = policy
        super().__init__(*arguments, **options)  # type: ignore[arg-type]

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", self.policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
