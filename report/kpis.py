"""The weekly figures of the runs, week by week: what the gate `runs_weekly` said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from report.dates import MINUTE, duration
from report.gate_report import GateReport, Measure
from report.said import Language, number, percent
from report.site import Site
from report.strip import State, state_of
from report.summary import started
from report.words import word

GATE = "runs_weekly"
WEEKS = 12
FIGURES = ("success", "valid_rows", "run_minutes", "document_loss", "snapshots", "alerts_delivered")
"""Keys of the checks, in the order in which they are shown."""


@dataclass(frozen=True)
class Figure:
    """A column. limit: in words; empty where no week has judged it."""

    name: str
    limit: str


@dataclass(frozen=True)
class Value:
    """What a week had. missed: whether it is beyond its limit; None: not judged."""

    text: str
    missed: bool | None


@dataclass(frozen=True)
class Week:
    """A row. moment: when the figures were judged; runs: how many were looked at. values: one a figure."""

    moment: datetime
    href: str
    state: State
    runs: int
    values: Sequence[Value]


@dataclass(frozen=True)
class Kpis:
    """The table. weeks: the newest first."""

    figures: Sequence[Figure]
    weeks: Sequence[Week]


def kpis(history: Mapping[str, Sequence[GateReport]], language: Language, site: Site) -> Kpis | None:
    """The last twelve weeks that have figures; None before the first.

    history: of each gate its last reports, the newest first. Of several verdicts in a week the last counts.
    """
    last = _of_weeks(history.get(GATE, ()), ZoneInfo(site.zone))
    if not last:
        return None
    figures = [Figure(word(f"kpi_{key}", language), _limit(key, last, language)) for key in FIGURES]
    return Kpis(figures, [_week(report, language, site) for report in last])


def _of_weeks(reports: Sequence[GateReport], zone: ZoneInfo) -> list[GateReport]:
    weeks: dict[tuple[int, int], GateReport] = {}
    for report in reports:
        year, week, _ = started(report).astimezone(zone).isocalendar()
        weeks.setdefault((year, week), report)
    return list(weeks.values())[:WEEKS]


def _limit(key: str, reports: Sequence[GateReport], language: Language) -> str:
    """The limit of the newest week that judged the figure."""
    found = (report.by_name.get(key) for report in reports)
    return next((outcome.words(language).threshold for outcome in found if outcome), "")


def _week(report: GateReport, language: Language, site: Site) -> Week:
    return Week(
        started(report),
        site.verdict(report.folder, language),
        state_of(report),
        report.rows,
        [_value(report, key, language) for key in FIGURES],
    )


def _value(report: GateReport, key: str, language: Language) -> Value:
    outcome = report.by_name.get(key)
    if outcome is None or outcome.measure is None:
        return Value("–", None)
    return Value(_written(key, outcome.measure, language), not outcome.success)


def _written(key: str, measure: Measure, language: Language) -> str:
    if key == "run_minutes":
        return duration(measure.value * MINUTE, language)
    if measure.unit == "share":
        return percent(measure.value, language)
    return number(measure.value, language)
