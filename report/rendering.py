"""Templates become pages here: everything that a template is given is escaped, and nothing may be missing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from report import dates, told
from report.dates import NO_BREAK_SPACE
from report.said import LANGUAGES, Language, number, percent
from report.site import TIME_ZONE, Site, alternates
from report.terms import term
from report.words import word

TIES = re.compile(r"(?<=\d) (?=\w|%)| (?=[:;?!»])")
"""Spaces where a line must not break: behind a number, and before a French sign."""


@dataclass(frozen=True)
class Crumb:
    """A step of the way to a page: what it is called, and where it is (None for the page itself)."""

    text: str
    href: str | None = None


@dataclass(frozen=True)
class Frame:
    """What stands around the content of a page.

    title: of the window. name: of the page's file, without language and ending. crumbs: the way to it, below
    the overview.
    """

    title: str
    name: str = "index"
    crumbs: Sequence[Crumb] = ()


def render(
    template: str, language: Language, *, site: Site, frame: Frame, package: str = "report", **values: Any
) -> str:
    """The page that a template makes of the values.

    In a template `t(key, …)` gives words, `site` links; the filters `number`, `percent`, `day`, `clock`,
    `short`, `full`, `at_on` (of moments), `duration` (of seconds), `term` (of a doubt) and `fact` write in
    the page's language. package: whose template it is; it may extend those of the report.
    """
    other = next(each for each in LANGUAGES if each != language)
    return (
        _environment(language, site.zone, package)
        .get_template(template)
        .render(
            site=site,
            frame=frame,
            language=language,
            other=other,
            alternates=alternates(frame.name),
            **values,
        )
    )


def prepare() -> None:
    """Compile the templates and read the rules of each language: for this process, and for all that it forks.

    In a new process that takes longer than a page.
    """
    for language in LANGUAGES:
        environment = _environment(language, TIME_ZONE, "report")
        for name in environment.list_templates():
            environment.get_template(name)
        percent(0.5, language)
        dates.full(datetime.now(UTC), language, TIME_ZONE)


def tied(text: str) -> str:
    """The text with its numbers tied to what they count: a line never breaks between `80` and `%`."""
    return TIES.sub(NO_BREAK_SPACE, text)


@cache
def _environment(language: Language, zone: str, package: str) -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(each) for each in dict.fromkeys((package, "report"))]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["t"] = partial(word, language=language)
    environment.filters |= {
        "number": partial(number, language=language),
        "term": partial(term, language=language),
        "percent": partial(percent, language=language),
        "fact": partial(told.fact, language=language),
        "duration": partial(dates.duration, language=language),
        "tied": tied,
    }
    for form in (dates.day, dates.clock, dates.short, dates.full, dates.at_on):
        environment.filters[form.__name__] = partial(form, language=language, zone=zone)
    return environment
