"""Which other hosts a page names: a page of ours names none, so it opens without internet access."""

import re
from html.parser import HTMLParser

ABSOLUTE = re.compile(r"(?:(?:https?|wss?|ftp):/*|[a-z][a-z0-9+.-]*://|//)(?P<host>[^/?#\s]*)", re.IGNORECASE)
"""How an address that leaves the page's own host begins; browsers read `https:host` and `//host` so, too."""

IN_STYLES = re.compile(
    r"""url\(\s*["']?(?P<url>[^"')]*)|(?:@import|image-set\()\s*["'](?P<text>[^"']*)""", re.IGNORECASE
)
IN_SCRIPTS = re.compile(r"""(?:\b(?:https?|wss?|ftp):|["'`])//(?P<host>[^/?#\s"'`]+)""", re.IGNORECASE)
COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)

WORDS = ("title", "alt", "placeholder", "label", "value", "aria-label", "aria-description")
"""Attributes that people read and no browser follows."""


def other_hosts(html: str) -> set[str]:
    """The hosts that a page names: in attributes, styles and scripts, not in its text."""
    page = _Page()
    page.feed(html)
    page.close()
    return page.hosts


def other_hosts_of_style(css: str) -> set[str]:
    """The hosts that a stylesheet names, but for its comments."""
    found = IN_STYLES.finditer(COMMENTS.sub(" ", css))
    return set().union(*(_hosts(match["url"] or match["text"] or "") for match in found))


def other_hosts_of_script(source: str) -> set[str]:
    """The hosts that a script names, but for its comments between /* and */."""
    return {match["host"].lower() for match in IN_SCRIPTS.finditer(COMMENTS.sub(" ", source))}


def _hosts(address: str) -> set[str]:
    """The host of an address, as browsers read it; none when it is the own host."""
    plain = re.sub(r"[\t\r\n]", "", address).strip().replace("\\", "/")
    match = ABSOLUTE.match(plain)
    return {match["host"].lower()} if match else set()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hosts: set[str] = set()
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        for name, value in attrs:
            if value and name not in WORDS and not name.startswith("xmlns"):
                self.hosts |= _of_attribute(name, value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.inside = ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            self.hosts |= other_hosts_of_style(data)
        elif self.inside == "script":
            self.hosts |= other_hosts_of_script(data)


def _of_attribute(name: str, value: str) -> set[str]:
    if name in ("srcset", "imagesrcset"):
        return set().union(*(_hosts(source) for source in value.split(",")))
    if name == "srcdoc":
        return other_hosts(value)
    if name == "content":  # <meta http-equiv="refresh" content="0; url=…">
        value = re.sub(r"^\s*\d+\s*[;,]\s*(url\s*=)?\s*[\"']?", "", value, flags=re.IGNORECASE)
    if name.startswith("on"):
        return other_hosts_of_script(value)
    return _hosts(value) | other_hosts_of_style(value)
