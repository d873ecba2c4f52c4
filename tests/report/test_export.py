"""The site as static files: every link leads somewhere, with a history and without."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from pipeline.errors import FatalError
from report import export as exporting
from report.__main__ import app
from report.export import MARK, Exported, export
from report.gate_report import GateReport
from report.history import record
from report.past import NO_PAST, Past
from report.publish import Beside, publish
from report.store import CHECKSUMS, Store, checksums
from tests.report.offline import other_hosts
from tests.report.other_reports import courses_reindexed
from tests.report.reports import LAST
from tests.report.users_reports import users_nights

pytestmark = pytest.mark.postgres

NOW = LAST + timedelta(hours=6)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "quality"))


def published(store: Store, engine: Engine | None) -> list[GateReport]:
    """Some nights of two gates, the newest last."""
    reports = [*reversed(users_nights(5)), courses_reindexed()]
    for place, report in enumerate(reports):
        past = [each for each in reversed(reports[:place]) if each.gate == report.gate]
        beside = Beside(
            result="{}", rows="check\r\n", page=lambda root: f"<html><a href='{root}index.html'></html>"
        )
        publish(report, Past.of(report, past), beside, store)
        if engine:
            record(engine, report)
    return reports


class Links(HTMLParser):
    """Where the links of a page lead, and what it loads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def broken(folder: Path) -> list[tuple[str, str]]:
    """Links of the pages that lead to no file of the folder."""
    return [
        (str(page.relative_to(folder)), link)
        for page in folder.rglob("*.html")
        for link in Links(page.read_text()).found
        if (path := unquote(urlsplit(link).path)) and not (page.parent / path).is_file()
    ]


def test_every_link_leads_to_a_file_and_none_to_airflow(store: Store, engine: Engine, tmp_path: Path):
    reports = published(store, engine)
    site = tmp_path / "site"
    done = export(store, engine, site, now=NOW)
    files = sum(path.is_file() for path in site.rglob("*"))
    assert done == Exported(gates=2, verdicts=len(reports), files=files, from_history=True)
    assert broken(site) == []
    pages = {str(path.relative_to(site)) for path in site.rglob("*.html")}
    assert {"index.html", "index.fr.html", "gates/users_ready.html", "gates/users_ready.fr.html"} <= pages
    for page in site.rglob("*.html"):
        assert other_hosts(page.read_text()) == set(), page
        assert "dags/" not in page.read_text(), page


def test_a_verdict_has_all_its_files_and_their_checksums(store: Store, engine: Engine, tmp_path: Path):
    [report, *_] = published(store, engine)
    export(store, engine, tmp_path / "site", now=NOW)
    files = {path.name: path.read_bytes() for path in (tmp_path / "site" / report.folder).iterdir()}
    assert sorted(files) == sorted(
        [
            "index.html",
            "index.fr.html",
            "great_expectations.html",
            "report.json",
            "result.json",
            "rows.csv",
            CHECKSUMS,
        ]
    )
    assert sorted(files.pop(CHECKSUMS).splitlines()) == sorted(checksums(files).splitlines())


def test_links_lead_to_an_airflow_whose_address_is_given(store: Store, engine: Engine, tmp_path: Path):
    published(store, engine)
    export(store, engine, tmp_path / "site", now=NOW, airflow="https://airflow.example.org/base/")
    page = (tmp_path / "site" / "gates" / "users_ready.html").read_text()
    found = re.findall(r'href="(https://[^"]*)"', page)
    assert found
    assert all(
        link.startswith("https://airflow.example.org/base/dags/etl_users_daily/runs/") for link in found
    )


def test_without_a_database_the_stored_reports_make_the_same_site(
    store: Store, engine: Engine, tmp_path: Path
):
    published(store, engine)
    one, other = tmp_path / "one", tmp_path / "other"
    export(store, engine, one, now=NOW)
    assert export(store, None, other, now=NOW).from_history is False
    assert sorted(path.relative_to(one) for path in one.rglob("*")) == sorted(
        path.relative_to(other) for path in other.rglob("*")
    )
    for page in ("index.html", "gates/users_ready.fr.html"):
        assert (one / page).read_text() == (other / page).read_text()
    assert broken(other) == []


def test_a_verdict_without_a_folder_and_one_without_a_row_are_there(
    store: Store, engine: Engine, tmp_path: Path
):
    reports = published(store, engine)
    store.delete(reports[0].folder)
    alone = replace(reports[1], page=reports[1].page.replace("/2026", "/2025"))
    publish(alone, NO_PAST, Beside(result="{}", rows="", page=lambda _: "<html></html>"), store)
    export(store, engine, tmp_path / "site", now=NOW)
    assert (tmp_path / "site" / reports[0].page).is_file()
    assert (tmp_path / "site" / alone.page).is_file()
    assert broken(tmp_path / "site") == []


def test_a_row_of_the_time_before_verdicts_had_folders_gets_a_page(
    store: Store, engine: Engine, tmp_path: Path
):
    [report, *_] = users_nights(1)
    record(engine, replace(report, page="validations/users_ready/x.html"))
    export(store, engine, tmp_path / "site", now=NOW)
    assert (tmp_path / "site" / report.page).is_file()


def test_nothing_but_an_export_is_replaced(store: Store, engine: Engine, tmp_path: Path):
    published(store, engine)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "index.html").write_text("mine")
    with pytest.raises(FatalError, match="no export"):
        export(store, engine, mine, now=NOW)
    assert [path.name for path in mine.iterdir()] == ["index.html"]


def test_an_export_replaces_an_earlier_one_as_a_whole_or_not_at_all(
    store: Store, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    published(store, engine)
    site = tmp_path / "site"
    export(store, engine, site, now=NOW)
    (site / "old.html").write_text("old")
    with monkeypatch.context() as patched:
        patched.setattr(exporting, "verdict_page", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            export(store, engine, site, now=NOW)
    assert (site / "old.html").is_file()
    export(store, engine, site, now=NOW)
    assert not (site / "old.html").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["quality", "site"]


def test_an_export_of_nothing_says_so(store: Store, engine: Engine, tmp_path: Path):
    assert export(store, engine, tmp_path / "site", now=NOW).verdicts == 0
    assert broken(tmp_path / "site") == []


def test_the_command(store: Store, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    published(store, engine)
    monkeypatch.setenv("QUALITY_PATH", store.url)
    monkeypatch.setenv("ETL_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    done = CliRunner().invoke(app, ["export", str(tmp_path / "site")])
    assert (done.exit_code, done.output.splitlines()[0].split(":")[0]) == (0, "6 verdicts of 2 gates")
    assert (tmp_path / "site" / MARK).is_file()
    monkeypatch.delenv("ETL_DATABASE_URL")
    done = CliRunner().invoke(app, ["export", str(tmp_path / "site")])
    assert done.exit_code == 0
    assert "is not set: made of the reports below" in done.output


def test_the_command_prune_says_what_went(store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch):
    published(store, engine)
    monkeypatch.setenv("QUALITY_PATH", store.url)
    monkeypatch.setenv("QUALITY_KEEP_RUNS", "2")
    monkeypatch.setenv("QUALITY_KEEP_DAYS", "100000")
    monkeypatch.setenv("QUALITY_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    done = CliRunner().invoke(app, ["prune"])
    assert (done.exit_code, done.output.splitlines()[0].split()) == (
        0,
        ["3", "verdicts", "deleted", "from", "quality_runs"],
    )


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (
            "QUALITY_DATABASE_URL",
            "",
            "QUALITY_DATABASE_URL (or ETL_DATABASE_URL) is not set: which database?",
        ),
        ("QUALITY_DATABASE_URL", "postgres//u:secret@h/d", "is no URL of a database"),
        ("QUALITY_KEEP_DAYS", "0", "QUALITY_KEEP_DAYS: "),
        ("QUALITY_PATH", "gs://bucket/quality", "gcsfs"),
    ],
)
def test_what_is_wrong_is_one_line(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str, message: str
):
    monkeypatch.setenv("QUALITY_PATH", str(tmp_path))
    monkeypatch.setenv("QUALITY_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv(variable, value)
    done = CliRunner().invoke(app, ["prune"])
    assert done.exit_code == 1
    assert message in done.output
    assert "secret" not in done.output
    assert len(done.output.strip().splitlines()) == 1
