"""The verdicts of a run, and the line about a task that has none: the tabs of the Airflow UI."""

from collections.abc import Sequence

from report.gate_report import GateReport
from report.rendering import Frame, render
from report.said import Language
from report.site import Site
from report.strip import state_of
from report.words import word


def run_page(reports: Sequence[GateReport], language: Language, *, site: Site) -> str:
    """The verdicts of one run, the first first, each with its first reason."""
    verdicts = [
        {
            "report": report,
            "state": state_of(report),
            "href": site.verdict(report.folder, language),
            "reasons": [outcome.words(language) for outcome in report.failed],
        }
        for report in reports
    ]
    frame = Frame(title=word("verdicts_of_run", language))
    return render("run.html", language, site=site, frame=frame, verdicts=verdicts)


def no_gate_page(task: str, language: Language, *, site: Site) -> str:
    """The line that a task has no gate, or that its gate has come to no verdict."""
    frame = Frame(title=task)
    line = word("no_gate", language, task=task)
    return render("line.html", language, site=site, frame=frame, line=line)
