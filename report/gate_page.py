"""The page of a gate: how it has decided, what its leading check measured, and every verdict in a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from report.ago import ago
from report.gate_report import GateReport, Words
from report.incident_line import IncidentLine
from report.overview import closed_line
from report.rendering import Crumb, Frame, render
from report.said import Language
from report.site import Site
from report.strip import SHOWN, State, state_of, strip
from report.summary import closure, share_open, started
from report.trends import trends, unit_word

MOST_FAILED = 3
"""Failed checks that a row of the table names."""


@dataclass(frozen=True)
class Asked:
    """Which verdicts are shown: begun on these days, and with this verdict; None for all.

    before: only those that began before; a page of older verdicts begins where the one before it ended.
    """

    since: date | None = None
    until: date | None = None
    verdict: State | None = None
    before: datetime | None = None

    def between(self, zone: str) -> tuple[datetime | None, datetime | None]:
        """The first moment of these days, and the first one after them, in a time zone; None: no end."""
        after = self.until + timedelta(days=1) if self.until and self.until < date.max else None
        first, last = (
            datetime.combine(day, time.min, ZoneInfo(zone)) if day else None for day in (self.since, after)
        )
        return first, min(filter(None, (last, self.before)), default=None)


@dataclass(frozen=True)
class Row:
    """A verdict in the table.

    day: as `2026-11-26`, in the zone of the site. run: link to it in Airflow. more: failed checks beside.
    """

    report: GateReport
    state: State
    moment: datetime
    day: str
    href: str
    run: str | None
    failed: Sequence[Words]
    more: int


def gate_page(
    gate: str,
    reports: Sequence[GateReport],
    language: Language,
    *,
    now: datetime,
    site: Site,
    asked: Asked | None = None,
    more: bool = False,
    incidents: Sequence[IncidentLine] = (),
) -> str:
    """The history of a gate.

    reports: those to show, the newest first. asked: which ones were asked for. more: whether older ones are
    stored; then a link leads to the same page with `before=` the oldest one's start. incidents: those of the
    gate that are open.
    """
    asked = asked or Asked()
    everything = asked == Asked()
    found = closure(reports) if reports and everything else None
    return render(
        "gate.html",
        language,
        site=site,
        frame=Frame(title=gate, name=file_name(gate, site), crumbs=[Crumb(gate)]),
        gate=gate,
        reports=reports,
        asked=asked,
        state=state_of(reports[0]) if reports and everything else None,
        closed=closed_line(found, now, language, site).text if found else None,
        incidents=incidents,
        ago=ago(started(reports[0]), now, language) if reports else None,
        strip=strip(reports[:SHOWN], language, site=site),
        open_share=share_open(reports[:SHOWN]) if reports else 0.0,
        unit=unit_word(reports[0].unit, language) if reports else "",
        charts=trends(reports, language, site=site) if reports else [],
        rows=[row(report, language, site) for report in reports],
        older=older(reports[-1], asked) if reports and more else None,
    )


def file_name(gate: str, site: Site) -> str:
    """The file of the page, without language and ending, as links name it."""
    return site.gate(gate, "en").rpartition("/")[2].removesuffix(".html")


def row(report: GateReport, language: Language, site: Site) -> Row:
    """A verdict in the table."""
    moment = started(report)
    return Row(
        report=report,
        state=state_of(report),
        moment=moment,
        day=moment.astimezone(ZoneInfo(site.zone)).date().isoformat(),
        href=site.verdict(report.folder, language),
        run=site.run(report.dag, report.run),
        failed=[outcome.words(language) for outcome in report.failed[:MOST_FAILED]],
        more=max(0, len(report.failed) - MOST_FAILED),
    )


def older(last: GateReport, asked: Asked) -> str:
    """The link to what is older than the last one shown, with what was asked for."""
    kept = {"since": asked.since, "until": asked.until, "verdict": asked.verdict}
    return "?" + urlencode({"before": last.started_at} | {key: value for key, value in kept.items() if value})
