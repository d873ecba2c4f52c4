"""The quality report below the Airflow UI: who may read it, what is answered, where the UI leads to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.security import get_user
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import Engine

from provider.plugin import QualityReportPlugin
from provider.report_pages import history_engine, report_app
from report.history import record
from report.past import Past
from report.publish import Beside, publish
from report.served import INLINE_STYLES, STRICT
from report.store import Store
from tests.provider.test_gate import connection_to
from tests.report.users_reports import users_nights

NEWEST, *OLDER = users_nights(3)
TASK = f"dags/{NEWEST.dag}/runs/{NEWEST.run}/tasks/{NEWEST.task}"
ADDRESSES = (
    "/index.html",
    "/gates/users_ready.html",
    f"/{NEWEST.page}",
    f"/{NEWEST.folder}/rows.csv",
    f"/{NEWEST.folder}/great_expectations.html",
    f"/{TASK}/index.html",
    "/assets/report.css",
)


@pytest.fixture
def anonymous(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """Somebody who is not logged in, before a report with a stored verdict and two older rows."""
    beside = Beside(result="{}", rows="check,row\nvalid_ratio,17\n", page=lambda root: "<p>theirs</p>")
    publish(NEWEST, Past.of(NEWEST, OLDER), beside, Store(str(tmp_path)))
    for report in reversed((NEWEST, *OLDER)):
        record(engine, report)
    monkeypatch.setenv("QUALITY_PATH", str(tmp_path))
    monkeypatch.setenv("AIRFLOW_CONN_POSTGRES_DEFAULT", connection_to(engine))
    history_engine.cache_clear()
    create_auth_manager()
    with TestClient(report_app(), base_url="http://airflow", follow_redirects=False) as client:
        yield client
    history_engine().dispose()
    history_engine.cache_clear()


def log_in(client: TestClient, monkeypatch: pytest.MonkeyPatch, *, role: str | None) -> TestClient:
    """The client as somebody with a role; what the role may do, Airflow decides."""
    user = SimpleAuthManagerUser(username="ada", role=role)
    monkeypatch.setitem(report_app().dependency_overrides, get_user, lambda: user)
    return client


@pytest.fixture
def reader(anonymous: TestClient, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """Somebody who is logged in and may look."""
    return log_in(anonymous, monkeypatch, role="VIEWER")


def is_guarded(answer: Response, *, policy: str = STRICT) -> bool:
    """Whether an answer keeps a browser from guessing its type and from running what is not ours."""
    headers = answer.headers
    return (headers["X-Content-Type-Options"], headers["Content-Security-Policy"]) == ("nosniff", policy)


@pytest.mark.parametrize("address", [*ADDRESSES, "/nothing.html"])
def test_who_is_not_logged_in_gets_nothing(anonymous: TestClient, address: str):
    answer = anonymous.get(address)
    assert answer.status_code == 401
    assert answer.json() == {"detail": "Not authenticated"}
    assert is_guarded(answer)


def test_who_may_not_look_at_the_site_gets_nothing(anonymous: TestClient, monkeypatch: pytest.MonkeyPatch):
    answer = log_in(anonymous, monkeypatch, role=None).get("/index.html")
    assert (answer.status_code, is_guarded(answer)) == (403, True)


@pytest.mark.parametrize("address", [address for address in ADDRESSES if TASK not in address])
def test_who_is_logged_in_gets_every_page_and_file(reader: TestClient, address: str):
    answer = reader.get(address)
    theirs = address.endswith("great_expectations.html")
    assert answer.status_code == 200
    assert is_guarded(answer, policy=INLINE_STYLES if theirs else STRICT)


def test_the_overview_is_made_of_the_database_of_the_connection(reader: TestClient):
    text = reader.get("/index.html").text
    assert NEWEST.folder in text
    assert OLDER[0].folder in text


def test_a_csv_is_kept_and_not_shown(reader: TestClient):
    answer = reader.get(f"/{NEWEST.folder}/rows.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="rows.csv"'
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("page", ["index.html", "index.fr.html"])
def test_the_tab_of_a_task_leads_to_its_verdict_behind_any_prefix(reader: TestClient, page: str):
    answer = reader.get(f"/{TASK}/{page}")
    assert (answer.status_code, is_guarded(answer)) == (302, True)
    assert answer.headers["Location"] == f"../../../../../../{NEWEST.folder}/{page}"


@pytest.mark.parametrize(
    "address",
    [
        "/nothing.html",
        "/gates/nobody.html",
        "/runs/a%00b/index.html",
        "/gates/a%00b.html",
        "/gates/users_ready.html?before=a%00b",
        f"/runs/{'x' * 300}/index.html",
        f"/{'x' * 5000}",
        "/runs/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/assets/%2e%2e/gate_report.py",
        "//etc/passwd",
        "/runs/users_ready",
        "/runs/%ff/index.html",
    ],
)
def test_what_is_not_there_is_not_found_and_no_error(reader: TestClient, address: str):
    answer = reader.get(address)
    assert (answer.status_code, is_guarded(answer)) == (404, True)
    assert answer.text.startswith("No such page in the quality report.")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_changed(reader: TestClient, method: str):
    assert reader.request(method, f"/{NEWEST.page}").status_code == 405


def test_the_report_is_in_the_navigation_and_on_every_dag_run_and_task():
    views = {view["destination"]: view for view in QualityReportPlugin.external_views}
    assert set(views) == {"nav", "dag", "dag_run", "task_instance"}
    assert {view["name"] for view in views.values()} == {"Data quality"}
    assert len({view["url_route"] for view in views.values()}) == len(views)
    # An address that begins with a slash would leave the path prefix of a proxy.
    assert all(view["href"].startswith("quality/") for view in views.values())
    assert views["task_instance"]["href"] == "quality/dags/{DAG_ID}/runs/{RUN_ID}/tasks/{TASK_ID}/index.html"


def test_the_plugin_serves_the_report_below_the_address_that_the_links_have():
    QualityReportPlugin.on_load()
    (served,) = QualityReportPlugin.fastapi_apps
    assert (served["app"], served["url_prefix"]) == (report_app(), "/quality")


def test_a_storage_that_does_not_answer_is_no_error_of_ours(
    reader: TestClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("QUALITY_PATH", "gs://bucket/quality")
    assert reader.get(f"/{NEWEST.page}").status_code == 200
    answer = reader.get(f"/{NEWEST.folder}/rows.csv")
    assert (answer.status_code, is_guarded(answer)) == (503, True)


def test_without_the_connection_the_files_are_listed(reader: TestClient, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as without:
        without.delenv("AIRFLOW_CONN_POSTGRES_DEFAULT")
        answer = reader.get("/index.html")
    assert answer.status_code == 200
    assert NEWEST.folder in answer.text
    assert "The conn_id `postgres_default` isn&#39;t defined" in answer.text
