"""What stands at an address of the report: files of verdicts, and pages that are made when somebody looks."""

import logging
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, cast, get_args

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from pipeline.errors import PipelineError
from pipeline.messages import first_line
from pipeline.names import slug
from report.history import gates, gates_of_dag, last_of_each_gate, report_at, reports_of_gate, reports_of_run
from report.incident_line import IncidentLines, no_incidents
from report.looking_back import past_of
from report.publish import AIRFLOW, PAST, pages
from report.said import ENGLISH, LANGUAGES, Language
from report.schedules import Scheduled
from report.site import Site
from report.store import GREAT_EXPECTATIONS, LONGEST_NAME, PAGES, RUNS, Store
from report.strip import State

if TYPE_CHECKING:
    from report.gate_page import Asked

log = logging.getLogger(__name__)

STRICT = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)
"""Content-Security-Policy of a page: it may load files of the report, and nothing else."""
INLINE_STYLES = STRICT.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""The same for Great Expectations' own pages, which style their elements."""

ASSETS = "assets"
LOOKED_BACK = 90
"""Reports of each gate that the overview looks at."""
PAGE_LENGTH = 200
"""Reports that one page of a gate lists."""
LONGEST_ADDRESS = 2000

AWAY = (SQLAlchemyError, PipelineError)
"""What is raised when there is no history to read: its database is away, or nobody said which it is."""


@dataclass(frozen=True)
class Served:
    """What is sent.

    download: the name under which a browser keeps it instead of showing it. status: of HTTP.
    """

    content: bytes
    media_type: str = "text/html; charset=utf-8"
    download: str | None = None
    policy: str = STRICT
    status: int = 200

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the answer."""
        named = {"Content-Disposition": f'attachment; filename="{self.download}"'} if self.download else {}
        return {**security_headers(self.policy), **named}


@dataclass(frozen=True)
class Moved:
    """What is looked for stands elsewhere. to: relative to the address that was asked for."""

    to: str


def security_headers(policy: str = STRICT) -> dict[str, str]:
    """What every answer says, whatever it is: nothing but its own files may run in it."""
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }


@dataclass(frozen=True)
class ServedReport:
    """The report of one installation.

    engine: makes an engine on the database with `quality_runs`; may raise one of `AWAY`. Without an answer
    from it there are still the files. schedules: what Airflow says of its DAGs now.
    incidents: reads the open ones of that database.
    """

    store: Store
    engine: Callable[[], Engine]
    schedules: Callable[[], Sequence[Scheduled]] = tuple
    incidents: IncidentLines = no_incidents

    def at(self, path: str, query: Mapping[str, str], *, now: datetime) -> Served | Moved | None:
        """What stands at a path below the report; None when nothing does.

        query: the parameters of the address. now: in UTC.
        """
        if any("\0" in text or len(text) > LONGEST_ADDRESS for text in (path, *query.values())):
            return None
        folder, _, rest = path.partition("/")
        if folder == RUNS:
            return self._file(path)
        if folder == ASSETS:
            return _asset(rest)
        name, language = page_and_language(path)
        match name.split("/"):
            case [""] | ["index"]:
                return self._overview(language, now, root="")
            case ["gates", gate]:
                return self._gate(gate, query, language, now)
            case ["dags", dag, "index"]:
                return self._overview(language, now, root="../../", dag=dag)
            case ["dags", dag, "runs", run, "index"]:
                return self._run(dag, run, language)
            case ["dags", dag, "runs", run, "tasks", task, "index"]:
                return self._task(dag, run, task, language)
        return None

    def _file(self, path: str) -> Served | None:
        try:
            content = self.store.read(path)
        except Exception as error:  # whatever the storage's client raises
            log.exception("%s cannot be read from %s", path, self.store.url)
            return self._made_up_for(path) or _unreadable(error)
        name = PurePosixPath(path).name
        if content is None:
            return self._made_up_for(path)
        if name == GREAT_EXPECTATIONS:
            return Served(content, policy=INLINE_STYLES)
        kind = mimetypes.guess_type(name)[0] or "text/plain"
        download = name if kind in ("text/csv", "application/json") else None
        return Served(content, f"{kind}; charset=utf-8", download)

    def _made_up_for(self, path: str) -> Served | None:
        """A page that could not be written, from the history."""
        folder, _, name = path.rpartition("/")
        if name not in PAGES.values():
            return None
        try:
            engine = self.engine()
            report = report_at(engine, folder)
            if report is None:
                return None
            past = past_of(engine, report, limit=PAST)
        except AWAY:
            return None
        return Served(pages(report, past)[name].encode())

    def _overview(
        self, language: Language, now: datetime, *, root: str, dag: str | None = None
    ) -> Served | None:
        from report.overview import overview_page

        def made(engine: Engine) -> str:
            history = last_of_each_gate(engine, limit=LOOKED_BACK)
            if dag is not None:
                gates = gates_of_dag(engine, dag)
                history = {gate: reports for gate, reports in history.items() if gate in gates}
            site = Site(root=root, airflow=AIRFLOW, incidents=True)
            lines = [each for each in self.incidents(engine, language, site, now) if dag in (None, each.dag)]
            return overview_page(
                history, language, now=now, site=site, schedules=self.schedules(), incidents=lines
            )

        return self._from_history(made, language, root=root)

    def _gate(self, name: str, query: Mapping[str, str], language: Language, now: datetime) -> Served | None:
        """The page of a gate. name: the gate's, as a file is called after it."""
        from report.gate_page import gate_page

        site = Site(root="../", airflow=AIRFLOW, incidents=True)
        asked = asked_for(query)
        since, before = asked.between(site.zone)

        def made(engine: Engine) -> str | None:
            gate = next((each for each in gates(engine) if slug(each) == name), None)
            if gate is None:
                return None
            found = reports_of_gate(
                engine, gate, limit=PAGE_LENGTH + 1, before=before, since=since, state=asked.verdict
            )
            shown, more = found[:PAGE_LENGTH], len(found) > PAGE_LENGTH
            lines = [each for each in self.incidents(engine, language, site, now) if each.gate == gate]
            return gate_page(
                gate, shown, language, now=now, site=site, asked=asked, more=more, incidents=lines
            )

        return self._from_history(made, language, root="../")

    def _run(self, dag: str, run: str, language: Language) -> Served | None:
        from report.run_page import run_page

        root = "../../../../"

        def made(engine: Engine) -> str:
            reports = reports_of_run(engine, dag, run)
            return run_page(reports, language, site=Site(root=root, airflow=AIRFLOW))

        return self._from_history(made, language, root=root)

    def _task(self, dag: str, run: str, task: str, language: Language) -> Served | Moved | None:
        """The page of the last verdict of a task; one line where it has no gate."""
        from report.run_page import no_gate_page

        root, found = "../../../../../../", []

        def made(engine: Engine) -> str:
            found.extend(reports_of_run(engine, dag, run, task=task))
            return no_gate_page(task, language, site=Site(root=root, airflow=AIRFLOW))

        page = self._from_history(made, language, root=root)
        return Moved(f"{root}{found[-1].folder}/{PAGES[language]}") if found else page

    def _from_history(
        self, made: Callable[[Engine], str | None], language: Language, *, root: str
    ) -> Served | None:
        """A page that is made of the history; without the database the list of files, which says why."""
        from report.files_page import files_page

        try:
            page = made(self.engine())
        except AWAY as error:
            site = Site(root=root, airflow=AIRFLOW)
            try:
                page = files_page(self.store.folders(), language, site=site, problem=first_line(error))
            except Exception as worse:  # whatever the storage's client raises
                log.exception("Neither the history nor %s can be read", self.store.url)
                return _unreadable(worse)
        return None if page is None else Served(page.encode())


def page_and_language(path: str) -> tuple[str, Language]:
    """The page that a path names, and the language in which it names it."""
    for language in LANGUAGES:
        suffix = PAGES[language].removeprefix("index")
        if language != ENGLISH and path.endswith(suffix):
            return path.removesuffix(suffix), language
    return path.removesuffix(".html"), ENGLISH


def _unreadable(error: Exception) -> Served:
    """The one line that is left to say when a storage does not answer."""
    text = f"The files of the quality report cannot be read: {first_line(error)}"
    return Served(text.encode(), "text/plain; charset=utf-8", status=503)


def _asset(path: str) -> Served | None:
    parts = PurePosixPath(path).parts
    if not parts or ".." in parts or any(len(part) > LONGEST_NAME for part in parts):
        return None
    asset = files("report").joinpath(ASSETS, *parts)
    if not asset.is_file():
        return None
    kind = mimetypes.guess_type(path)[0] or "text/plain"
    return Served(asset.read_bytes(), f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)


def asked_for(query: Mapping[str, str]) -> "Asked":
    """Which verdicts of a gate an address asks for; what cannot be understood asks for nothing."""
    from report.gate_page import Asked

    verdict = query.get("verdict")
    days = {name: _day(query.get(name)) for name in ("since", "until")}
    state = cast("State", verdict) if verdict in get_args(State) else None
    return Asked(**days, verdict=state, before=_time(query.get("before")))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _time(text: str | None) -> datetime | None:
    """A time of an address, with its zone; None when there is none, or when it is not one."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None
