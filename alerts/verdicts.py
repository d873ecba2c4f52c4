"""What an alert says of a verdict: the sentences of its page, by the same functions, with whole addresses."""

from collections.abc import Mapping
from dataclasses import dataclass

from report.banner import Banner, banner
from report.gate_report import GateReport
from report.past import Past
from report.said import Language
from report.site import Site
from report.store import ROWS

Known = Mapping[str, Past]
"""The past of each report of which it is known, by the page of the report."""


@dataclass(frozen=True)
class Verdict:
    """A verdict as a mail tells it. link: to its page, in the language of the mail."""

    report: GateReport
    banner: Banner
    link: str


def verdict(report: GateReport, past: Past | None, language: Language, *, site: Site) -> Verdict:
    """The verdict in words. past: None when it cannot be read. site: whole addresses."""
    # What could not be written may be the rows: better no link than a dead one.
    csv = None if report.unpublished else site.file(report.folder, ROWS)
    return Verdict(
        report=report,
        banner=banner(report, past, language, site=site, csv=csv),
        link=site.verdict(report.folder, language),
    )
