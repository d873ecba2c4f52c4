"""What the command line shows: tables and lines for a terminal."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from local.settings import StackSettings
from local.show.demo import DemoOutcome
from local.show.mail import Mail
from local.show.runs import Flow, GateResult, Run
from local.stack.stack import Phase
from local.stack.supervision import Service

COLOURS = {
    "success": "green",
    "failed": "red",
    "running": "cyan",
    "upstream_failed": "dim",
    "skipped": "dim",
    "up_for_retry": "yellow",
}
MAILS_SHOWN = 10


def services_table(services: Iterable[Service]) -> Table:
    """One line per service."""
    table = Table("service", "state", "pid", "port", "up for", box=None, pad_edge=False)
    for service in services:
        state = "[green]running[/]" if service.running else "[red]stopped[/]"
        uptime = "" if service.uptime is None else duration(service.uptime)
        port = f"127.0.0.1:{service.port}" if service.port else ""
        table.add_row(service.name, state, str(service.pid or ""), port, uptime)
    return table


def phases_line(phases: Iterable[Phase]) -> str:
    """How long each step of a start took."""
    return ", ".join(f"{phase.name} {phase.seconds:.1f} s" for phase in phases)


def run_table(run: Run) -> RenderableType:
    """The tasks of a run and their states."""
    table = Table(box=None, pad_edge=False)
    table.add_column("task")
    table.add_column("state")
    table.add_column("seconds", justify="right")
    for task in run.tasks:
        state = task.state or "waiting"
        seconds = "" if not task.seconds else f"{task.seconds:.1f}"
        table.add_row(task.name, f"[{COLOURS.get(state, 'default')}]{state}[/]", seconds)
    return Group(Text(f"Run {run.run_id}", overflow="ellipsis", no_wrap=True), table)


def gates_table(gates: Iterable[GateResult], settings: StackSettings) -> Table:
    """One line per gate: its verdict, its rows, its page."""
    table = Table("gate", "verdict", "rows", "seconds", "quality report", box=None, pad_edge=False)
    for gate in gates:
        if gate.report is None:
            table.add_row(gate.task.removeprefix("check_"), "[dim]not reached[/]")
            continue
        verdict = verdict_of(gate)
        page = f"[link={settings.ui_url}{gate.page}]{gate.page}[/link]"
        table.add_row(gate.report.gate, verdict, f"{gate.report.rows:,}", f"{gate.report.seconds:.1f}", page)
    return table


def verdict_of(gate: GateResult) -> str:
    """The verdict as coloured text, with the number of warnings."""
    if gate.report is None or not gate.report.passed:
        return "[red]closed[/]"
    warnings = len(gate.report.warnings)
    return f"[green]passed[/], {warnings} warning(s)" if warnings else "[green]passed[/]"


def summary(
    flow: Flow,
    run: Run,
    gates: list[GateResult],
    numbers: Mapping[str, int],
    recent: list[str],
    settings: StackSettings,
) -> RenderableType:
    """What came out of a run: gates, seconds, counts, and how many of the last runs succeeded.

    recent: `success` or `failed` of each of them.
    """
    colour = COLOURS.get(run.state, "default")
    figures = ", ".join(f"{name} {number:,}" for name, number in numbers.items()) or "none"
    lines = [
        f"[bold]{flow.dag}[/] [{colour}]{run.state}[/] in {run.seconds or 0:.1f} s, "
        f"{run.task_seconds:.1f} s of them in its tasks",
        f"[bold]Counts[/] {figures}",
        f"[bold]Success[/] {success_rate(recent)}",
    ]
    return Group("", gates_table(gates, settings), "", *lines, "")


def success_rate(recent: list[str]) -> str:
    """How many of the last runs succeeded. recent: `success` or `failed` of each, one at least."""
    succeeded = recent.count("success")
    return f"{succeeded} of the last {len(recent)} runs ({succeeded / len(recent):.0%})"


def links(settings: StackSettings) -> str:
    """Where to look next."""
    pages = f"http://127.0.0.1:{settings.monitoring_ports.store}/vmui/#/dashboards"
    return "\n".join(
        (
            f"[bold]Airflow UI[/]     {settings.ui_url} (admin/admin)",
            f"[bold]Quality report[/] {settings.ui_url}/quality/index.html",
            "[bold]Mailbox[/]        make mail",
            *((f"[bold]Dashboards[/]     {pages}",) if settings.monitoring else ()),
        )
    )


def demo_lines(outcome: DemoOutcome, settings: StackSettings) -> str:
    """What became of the bad data: the gate, what people read, the mail, the page."""
    report = outcome.gate.report
    untouched = "unchanged" if outcome.before == outcome.after else f"[red]CHANGED[/] (was {outcome.before})"
    subjects = [escape(mail.subject) for mail in outcome.mails] or [_no_mail(outcome)]
    return "\n".join(
        (
            "",
            f"[bold]Gate[/]       {escape(report.summary) if report else '[red]not reached[/]'}",
            f"[bold]Published[/]  {outcome.published} is {untouched} ({outcome.after or 'not there yet'})",
            f"[bold]Mail[/]       {'; '.join(subjects)} (make mail shows it)",
            f"[bold]Report[/]     {settings.ui_url}{outcome.gate.page}",
        )
    )


def _no_mail(outcome: DemoOutcome) -> str:
    if outcome.known is None:
        return "[red]none came[/]"
    return f"none: it is an incident since {outcome.known.astimezone():%Y-%m-%d %H:%M}, told then"


def mails_table(mails: list[Mail]) -> Table:
    """The newest mails."""
    table = Table("time", "subject", "to", box=None, pad_edge=False)
    for mail in mails[:MAILS_SHOWN]:
        table.add_row(f"{mail.when:%Y-%m-%d %H:%M:%S}", escape(mail.subject), escape(mail.to))
    return table


def file_link(path: Path) -> str:
    """A link that a terminal or a browser opens."""
    return path.absolute().as_uri()


def duration(seconds: float) -> str:
    """`2 h 03 min`, `3 min 07 s` or `7 s`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_left:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
