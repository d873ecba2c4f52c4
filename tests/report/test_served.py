"""What stands at an address of the report: files, pages made on demand, and nothing else."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from report.history import create, record
from report.past import Past
from report.publish import Beside, publish
from report.served import INLINE_STYLES, STRICT, Moved, Served, ServedReport, security_headers
from report.store import Store
from tests.report.offline import other_hosts
from tests.report.users_reports import users_nights

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
NEWEST, *OLDER = users_nights()
PAGES = (
    "index.html",
    "index.fr.html",
    "gates/users_ready.html",
    "gates/users_ready.fr.html",
    "dags/etl_users_daily/index.html",
    f"dags/etl_users_daily/runs/{NEWEST.run}/index.fr.html",
    f"dags/etl_users_daily/runs/{NEWEST.run}/tasks/extract_users/index.html",
    NEWEST.page,
    f"{NEWEST.folder}/index.fr.html",
    f"{NEWEST.folder}/great_expectations.html",
)


def away() -> Engine:
    """An engine on a database that is not there."""
    return create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 1})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with the newest of thirty verdicts, whose failing row is a formula."""
    found = Store(str(tmp_path / "quality"))
    beside = Beside(result="{}", rows="check,row\nvalid_ratio,17\n", page=lambda root: "<p>theirs</p>")
    assert publish(NEWEST, Past.of(NEWEST, OLDER), beside, found).unpublished == ()
    return found


@pytest.fixture
def served(store: Store, engine: Engine) -> ServedReport:
    """The report with all thirty verdicts in its history."""
    for report in reversed((NEWEST, *OLDER)):
        record(engine, report)
    return ServedReport(store, lambda: engine)


def page(served: ServedReport, path: str, **query: str) -> str:
    found = served.at(path, query, now=NOW)
    assert isinstance(found, Served), path
    return found.content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_served_and_names_no_other_host(served: ServedReport, path: str):
    assert other_hosts(page(served, path)) == set()


def test_great_expectations_pages_alone_may_have_inline_styles(served: ServedReport):
    policies = {path: served.at(path, {}, now=NOW).policy for path in PAGES}
    theirs = f"{NEWEST.folder}/great_expectations.html"
    assert policies == {path: INLINE_STYLES if path == theirs else STRICT for path in PAGES}
    assert "unsafe" not in STRICT
    assert "script-src 'self';" in INLINE_STYLES


def test_every_answer_says_that_its_type_is_not_to_be_guessed():
    assert security_headers()["X-Content-Type-Options"] == "nosniff"
    assert security_headers()["Content-Security-Policy"].startswith("default-src 'none';")


def test_data_is_kept_by_the_browser_instead_of_shown(served: ServedReport):
    rows = served.at(f"{NEWEST.folder}/rows.csv", {}, now=NOW)
    assert rows.headers["Content-Disposition"] == 'attachment; filename="rows.csv"'
    assert rows.media_type == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("assets/report.css", "text/css; charset=utf-8"),
        ("assets/report.js", "text/javascript; charset=utf-8"),
        ("assets/icon.svg", "image/svg+xml"),
    ],
)
def test_what_all_pages_share_comes_from_the_package(served: ServedReport, path: str, kind: str):
    found = served.at(path, {}, now=NOW)
    assert (found.media_type, found.content[:1] != b"") == (kind, True)


@pytest.mark.parametrize(
    "path",
    [
        "nothing.html",
        "gates/nobody.html",
        "runs/users_ready",
        "runs/users_ready/x/y/index.html",
        "runs/../../../../etc/passwd",
        "assets/../gate_report.py",
        "assets/..%2fgate_report.py",
        "assets",
        "runs/a\0b/index.html",
        "gates/a\0b.html",
        f"runs/{'x' * 300}/index.html",
        f"gates/{'x' * 300}.html",
        "x" * 5000,
        "dags/etl_users_daily/runs",
    ],
)
def test_nothing_else_is_served(served: ServedReport, path: str):
    assert served.at(path, {}, now=NOW) is None


def test_a_nul_byte_in_a_parameter_is_no_error(served: ServedReport):
    assert served.at("gates/users_ready.html", {"before": "a\0b"}, now=NOW) is None


@pytest.mark.parametrize(
    "query", [{"since": "yesterday"}, {"verdict": "'"}, {"before": "2026"}, {"page": "9"}]
)
def test_a_question_that_cannot_be_understood_asks_for_everything(
    served: ServedReport, query: dict[str, str]
):
    assert page(served, "gates/users_ready.html", **query) == page(served, "gates/users_ready.html")


def test_a_gate_answers_by_date_and_verdict(served: ServedReport):
    assert OLDER[3].folder in page(served, "gates/users_ready.html")
    day = NEWEST.started_at[:10]
    only = page(served, "gates/users_ready.html", since=day)
    assert NEWEST.folder in only
    assert OLDER[3].folder not in only.partition("<table")[2]
    closed = page(served, "gates/users_ready.html", verdict="closed").partition("<table")[2]
    shown = {report.folder for report in (NEWEST, *OLDER) if report.folder in closed}
    assert shown == {report.folder for report in (NEWEST, *OLDER) if not report.passed}


def test_the_tab_of_a_task_leads_to_the_page_of_its_verdict(served: ServedReport):
    task = f"dags/{NEWEST.dag}/runs/{NEWEST.run}/tasks/{NEWEST.task}"
    root = "../../../../../../"
    assert served.at(f"{task}/index.html", {}, now=NOW) == Moved(f"{root}{NEWEST.page}")
    assert served.at(f"{task}/index.fr.html", {}, now=NOW) == Moved(f"{root}{NEWEST.folder}/index.fr.html")


def test_a_task_without_a_gate_says_so(served: ServedReport):
    text = page(served, f"dags/{NEWEST.dag}/runs/{NEWEST.run}/tasks/extract_users/index.html")
    assert "extract_users has no gate, or its gate has not decided yet." in text


def test_the_tab_of_a_run_has_exactly_its_verdicts(served: ServedReport):
    text = page(served, f"dags/{NEWEST.dag}/runs/{NEWEST.run}/index.html")
    assert NEWEST.folder in text
    assert not any(report.folder in text for report in OLDER)


def test_without_the_database_the_files_are_listed_and_it_is_said(store: Store):
    text = page(ServedReport(store, away), "index.html")
    assert NEWEST.folder in text
    assert "Connection refused" in text


NOWHERE = Store("gs://bucket/quality")
"""A storage that cannot be read: its client is not installed."""


def test_a_page_that_cannot_be_read_is_made_from_the_history(served: ServedReport):
    found = ServedReport(NOWHERE, served.engine).at(NEWEST.page, {}, now=NOW)
    assert isinstance(found, Served)
    assert found.status == 200
    assert "users_ready" in found.content.decode()


@pytest.mark.parametrize(
    ("path", "engine_is_there"),
    [(f"{NEWEST.folder}/rows.csv", True), (NEWEST.page, False), ("index.html", False)],
)
def test_what_no_storage_answers_for_is_said_in_one_line(engine: Engine, path: str, engine_is_there: bool):
    found = ServedReport(NOWHERE, lambda: engine if engine_is_there else away()).at(path, {}, now=NOW)
    assert isinstance(found, Served)
    assert (found.status, found.media_type) == (503, "text/plain; charset=utf-8")
    assert "gcsfs" in found.content.decode()


def test_a_page_that_could_not_be_written_is_made_from_the_history(served: ServedReport):
    headline = re.compile("<h1.*?</h1>", re.DOTALL)
    stored = page(served, NEWEST.page)
    served.store.delete(NEWEST.folder)
    made = page(served, NEWEST.page)
    assert headline.findall(made) == headline.findall(stored) != []
    assert "great_expectations.html" in stored
    assert not any(name in made for name in ("rows.csv", "great_expectations.html", "result.json"))
    assert served.at(f"{NEWEST.folder}/rows.csv", {}, now=NOW) is None


def test_a_verdict_on_s3_is_served_as_one_on_a_disk(served: ServedReport, bucket: str, engine: Engine):
    beside = Beside(result="{}", rows="check,row\nvalid_ratio,17\n", page=lambda root: "<p>theirs</p>")
    assert publish(NEWEST, Past.of(NEWEST, OLDER), beside, Store(bucket)).unpublished == ()
    on_s3 = ServedReport(Store(bucket), lambda: engine)
    for name in ("index.html", "index.fr.html", "rows.csv", "great_expectations.html", "SHA256SUMS"):
        path = f"{NEWEST.folder}/{name}"
        assert on_s3.at(path, {}, now=NOW) == served.at(path, {}, now=NOW)
    assert NEWEST.folder in page(ServedReport(Store(bucket), away), "index.html")


def test_before_the_first_gate_there_is_a_page_that_says_so(tmp_path: Path, engine: Engine):
    create(engine)
    assert "No gate" in page(ServedReport(Store(str(tmp_path)), lambda: engine), "index.html")
