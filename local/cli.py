"""The command line of the local stack: up, down, status, env, exec, mail, demo-failure, demo-loss, clean."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.live import Live

from local.errors import LocalStackError
from local.sample.served import load_sample
from local.settings import PROJECT, StackSettings
from local.show import screen
from local.show.demo import DemoOutcome, Show, run_demo, run_loss_demo
from local.show.mail import read_mails, write_html
from local.show.runs import (
    COURSES,
    USERS,
    Flow,
    Run,
    begin_run,
    counts,
    first_error,
    follow,
    gate_results,
    recent_states,
    wait_for_dag,
)
from local.stack.dotenv import write_dotenv
from local.stack.environment import process_environment
from local.stack.stack import Stack
from pipeline.errors import PipelineError

app = typer.Typer(
    help="The whole stack on this machine, without Docker.", no_args_is_help=True, add_completion=False
)
console = Console()
errors = Console(stderr=True)

NOT_RUNNING = 3
INTERRUPTED = 130

Workbook = Annotated[
    Path | None, typer.Option(help="Your own workbook; it is read where it is.", exists=True, dir_okay=True)
]


@app.command()
def up(
    workbook: Workbook = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows of the sample when there is no workbook.")] = 10_000,
    courses: Annotated[int, typer.Option(min=1, help="Courses of the sample when there are none.")] = 20_000,
) -> None:
    """Start the stack, run both pipelines once and show what came out. Exit code 1 when one failed."""
    with one_line_errors():
        stack = Stack(settings_for(workbook))
        start(stack, rows=rows, courses=courses)
        conf = {"workbook": str(workbook.absolute())} if workbook else {}
        ended = [(USERS, run_and_show(stack, USERS, conf)), (COURSES, run_and_show(stack, COURSES, {}))]
        console.print(screen.links(stack.settings), soft_wrap=True)
        failed = [first_error(stack.api, run, flow=flow) for flow, run in ended if run.state != "success"]
        if failed:
            fail(f"A run failed. {' '.join(failed)}")


@app.command()
def down() -> None:
    """Stop what `up` started."""
    with one_line_errors():
        stopped = Stack().stop()
    for name in (*stopped.services, *stopped.leftovers):
        console.print(f"stopped {name}")
    if not stopped.services and not stopped.leftovers:
        console.print("Nothing was running.")


@app.command()
def status() -> None:
    """Show each service. Exit code 3 when one of them does not run."""
    with one_line_errors():
        services = Stack().status()
    console.print(screen.services_table(services))
    if not all(service.running for service in services):
        raise typer.Exit(NOT_RUNNING)


@app.command()
def env(
    force: Annotated[bool, typer.Option(envvar="FORCE", help="Overwrite an existing .env.")] = False,
) -> None:
    """Write .env for docker compose, with fresh secrets."""
    target = PROJECT / ".env"
    with one_line_errors():
        write_dotenv(PROJECT / ".env.example", target, force=force)
    console.print(f"Wrote {target} (mode 600) with fresh secrets.")


@app.command()
def restore(
    backup: Annotated[str, typer.Argument(help="A backup: a path or an fsspec URL.")],
    identity: Annotated[Path | None, typer.Option(help="File with the identity that opens it.")] = None,
) -> None:
    """Bring this machine's stack to the state of a backup. What was here is kept aside."""
    from local.stack.restore import restore as restore_backup

    settings = StackSettings()
    with one_line_errors():
        done = restore_backup(settings, backup, identity or settings.backup_folder / "identity.txt")
    console.print(f"Restored {done.rows:,} rows of {done.made_at}, and the stack's secrets.")
    for name in done.dags:
        console.print(f"restored {settings.dags_folder / name}")
    console.print(f"The other files of the backup, .env among them: {done.files}", soft_wrap=True)
    if done.before:
        console.print(f"What was here: {done.before}. Delete it when all is well.", soft_wrap=True)
    console.print("Start it: make up")


@app.command(name="exec", context_settings={"ignore_unknown_options": True})
def execute(command: Annotated[list[str], typer.Argument(help="Command, after `--`.")]) -> None:
    """Run a command with the stack's environment, such as `exec -- airflow dags list`."""
    with one_line_errors():
        try:
            done = subprocess.run(command, env=process_environment(StackSettings()), check=False)
        except FileNotFoundError:
            raise LocalStackError(f"No command {command[0]}.") from None
    raise typer.Exit(done.returncode)


@app.command()
def mail() -> None:
    """List the newest mails, show the last one, and write its HTML part for a browser."""
    settings = StackSettings()
    mails = read_mails(settings.mail_folder)
    if not mails:
        console.print("No mail yet.")
        return
    console.print(screen.mails_table(mails))
    console.print(f"\n[bold]{'-' * 20} the newest {'-' * 20}[/]")
    console.print(mails[0].text, markup=False, highlight=False)
    page = write_html(mails[0], settings.root / "mail-view", len(mails))
    if page:
        console.print(f"As a page: {screen.file_link(page)}", soft_wrap=True)


@app.command(name="demo-failure")
def demo_failure(
    rows: Annotated[int, typer.Option(min=1, help="Rows of the sample when there is no workbook.")] = 10_000,
) -> None:
    """Run a workbook with 30 % invalid rows. Exit code 0 when its gate closed and `users` is untouched."""
    with one_line_errors():
        stack = Stack()
        start(stack, rows=rows)
        run_first(stack, USERS)
        demonstrate(stack, run_demo)


@app.command(name="demo-loss")
def demo_loss(
    courses: Annotated[int, typer.Option(min=1, help="Courses of the sample when there are none.")] = 20_000,
) -> None:
    """Lose 2 % of the courses in a copy. Exit code 0 when the gate closed and what is served is untouched."""
    with one_line_errors():
        stack = Stack()
        start(stack, courses=courses)
        run_first(stack, COURSES)
        demonstrate(stack, run_loss_demo)


def demonstrate(stack: Stack, demo: Callable[[Stack, Show], DemoOutcome]) -> None:
    """Run a demonstration and show what came of it; exit code 1 when it is not what it should be."""
    with Live(console=console, refresh_per_second=4) as live:
        outcome = demo(stack, lambda run: live.update(screen.run_table(run)))
    console.print(screen.demo_lines(outcome, stack.settings), soft_wrap=True)
    if not outcome.as_expected:
        fail("This is not what the demonstration expects.")


@app.command()
def clean() -> None:
    """Stop the stack and delete its databases, mails, reports and logs."""
    with one_line_errors():
        stack = Stack()
        stack.clean()
    console.print(f"Deleted {stack.settings.root} and {stack.settings.log_folder}.")


def settings_for(workbook: Path | None) -> StackSettings:
    """The stack's settings; scheduled runs read the workbook, too, when there is one."""
    return StackSettings(users_path=workbook.absolute()) if workbook else StackSettings()


def start(stack: Stack, *, rows: int = 0, courses: int = 0) -> None:
    """Start a stack, with samples of so many rows and courses, and show its steps and their seconds.

    The samples are made beside the start; where there is data, or for 0, nothing is made.
    """
    told: list[str] = []
    with ThreadPoolExecutor(1) as beside, console.status("start the stack") as shown:
        written = beside.submit(make_sample, stack.settings, rows)
        started = stack.start(
            # Without a terminal there is no line to overwrite.
            shown.update if console.is_terminal else console.print,
            when_searchable=lambda: told.extend(load_courses(stack.settings, courses)),
        )
        told.extend(written.result())
    what = "The stack was running" if started.reused else "The stack runs"
    for line in (f"{what} ({screen.phases_line(started.phases)}).", *told):
        console.print(line, soft_wrap=True)


def make_sample(settings: StackSettings, rows: int) -> list[str]:
    """Write a sample workbook when there is none at the configured path; returns a line about it."""
    if not rows or settings.users_path is not None or settings.workbooks_path.exists():
        return []
    from local.sample.users import write_workbook

    write_workbook(settings.workbooks_path, rows=rows)
    return [f"Wrote a sample of {rows:,} rows to {settings.workbooks_path}."]


def load_courses(settings: StackSettings, count: int) -> list[str]:
    """Load sample courses when nothing is served yet; returns a line about them."""
    if not count or not load_sample(settings, count):
        return []
    served = settings.elasticsearch.index
    return [
        f"Loaded {count:,} sample courses into the index {served}, as a platform has it: the first run makes "
        "an alias of it, the next one rebuilds what is behind the alias."
    ]


def run_and_show(stack: Stack, flow: Flow, conf: Mapping[str, Any]) -> Run:
    """Run a flow, show its tasks as they go, and what came out."""
    wait_for(stack, flow)
    run_id = begin_run(stack.api, conf, flow=flow)
    with Live(console=console, refresh_per_second=4) as live:
        run = follow(
            stack.api,
            run_id,
            seconds=stack.settings.run_timeout,
            show=lambda run: live.update(screen.run_table(run)),
            flow=flow,
        )
    gates = gate_results(stack.api, run_id, flow=flow)
    numbers = counts(stack.api, run_id, flow=flow)
    recent = recent_states(stack.api, flow=flow)
    console.print(screen.summary(flow, run, gates, numbers, recent, stack.settings), soft_wrap=True)
    return run


def run_first(stack: Stack, flow: Flow) -> None:
    """Have a flow run once: its first run is the scheduler's, which takes no parameters."""
    wait_for(stack, flow)
    if not stack.api.runs(flow.dag):
        run_and_show(stack, flow, {})


def wait_for(stack: Stack, flow: Flow) -> None:
    """Wait until Airflow knows the DAG of a flow."""
    with console.status(f"wait for the DAG {flow.dag}"):
        wait_for_dag(stack.api, seconds=stack.settings.start_timeout, flow=flow)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """End with one line and exit code 1 instead of a traceback, for what a person can mend."""
    try:
        yield
    except PipelineError as error:
        fail(str(error))
    except KeyboardInterrupt:
        console.print("\nInterrupted. What runs goes on: `make status` shows it, `make down` stops it.")
        raise typer.Exit(INTERRUPTED) from None


def fail(message: str) -> NoReturn:
    """Print one line and end with exit code 1."""
    errors.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)
