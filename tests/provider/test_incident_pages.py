"""The forms of an incident below the Airflow UI: whose they must be, and who may send them."""

from collections.abc import Iterator

import pytest
from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.security import get_user
from airflow.models import DagModel
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from alerts.incidents.incident import Incident
from alerts.incidents.read import events_of, incident_of
from provider.incident_pages import FOREIGN, LONGEST_FORM, is_own, origin_of
from provider.report_pages import history_engine, report_app
from report.served import STRICT
from tests.alerts.incidents.nights import observed
from tests.provider.test_gate import connection_to

OWN = {"Origin": "http://airflow"}
MUTE = {"act": "mute", "until": "9999-01-01", "reason": "known"}
PAGE = "/incidents/1.html"


@pytest.fixture
def anonymous(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """Somebody who is not logged in, before a report with an open incident."""
    observed(engine, 1, "valid_ratio")
    monkeypatch.setenv("AIRFLOW_CONN_POSTGRES_DEFAULT", connection_to(engine))
    # Which team a DAG belongs to stands in Airflow's own database, which is not there.
    monkeypatch.setattr(DagModel, "get_team_name", staticmethod(lambda dag_id: None))
    history_engine.cache_clear()
    create_auth_manager()
    with TestClient(report_app(), base_url="http://airflow", follow_redirects=False) as client:
        yield client
    history_engine().dispose()
    history_engine.cache_clear()


def log_in(client: TestClient, monkeypatch: pytest.MonkeyPatch, *, role: str) -> TestClient:
    """The client as somebody with a role; what the role may do, Airflow decides."""
    user = SimpleAuthManagerUser(username="ada", role=role)
    monkeypatch.setitem(report_app().dependency_overrides, get_user, lambda: user)
    return client


@pytest.fixture
def editor(anonymous: TestClient, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """Somebody who may edit DAGs."""
    return log_in(anonymous, monkeypatch, role="USER")


def incident(engine: Engine) -> Incident:
    found = incident_of(engine, 1)
    assert found is not None
    return found


def test_whoever_is_not_logged_in_sees_and_changes_nothing(anonymous: TestClient, engine: Engine):
    assert anonymous.get(PAGE).status_code == 401
    assert anonymous.post(PAGE, data={"act": "acknowledge"}, headers=OWN).status_code == 401
    assert incident(engine).acknowledged_by is None


def test_who_may_not_edit_the_dag_is_refused_and_nothing_is_changed(
    anonymous: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    before = incident(engine)
    client = log_in(anonymous, monkeypatch, role="VIEWER")
    assert "<form" not in client.get(PAGE).text
    for form in ({"act": "acknowledge"}, MUTE, {"act": "unmute"}):
        answer = client.post(PAGE, data=form, headers=OWN)
        assert answer.status_code == 403
        assert "Only who may edit the DAG etl_users_daily" in answer.text
    assert incident(engine) == before
    assert len(events_of(engine, 1, limit=9)) == 1


def test_who_may_edit_the_dag_acknowledges_by_the_name_of_the_login(editor: TestClient, engine: Engine):
    answer = editor.post(PAGE, data={"act": "acknowledge"}, headers=OWN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "1.html")
    assert answer.headers["Content-Security-Policy"] == STRICT
    assert incident(engine).acknowledged_by == "ada"
    assert "Acknowledged by ada" in editor.get(PAGE).text
    assert 'value="mute"' in editor.get(PAGE).text


def test_what_cannot_be_done_is_said_on_the_page(editor: TestClient, engine: Engine):
    answer = editor.post("/incidents/1.fr.html", data=MUTE, headers=OWN)
    assert (answer.status_code, "Rien n’a été modifié" in answer.text) == (400, True)
    assert incident(engine).muted_until is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://airflow"},
        {"Origin": "http://airflow.evil.example"},
        {"Origin": "http://airflow", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://airflow", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Authorization": "Basic YWRhOmFkYQ=="},
    ],
)
def test_a_form_of_another_site_changes_nothing(editor: TestClient, engine: Engine, headers: dict[str, str]):
    answer = editor.post(PAGE, data={"act": "acknowledge"}, headers=headers)
    assert (answer.status_code, answer.text) == (403, FOREIGN)
    assert incident(engine).acknowledged_by is None


@pytest.mark.parametrize(
    "headers",
    [
        OWN,
        {"Origin": "http://localhost:8082"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Authorization": "Bearer of-whoever-it-is"},
    ],
)
def test_a_form_of_ours_or_a_token_is_heard(editor: TestClient, engine: Engine, headers: dict[str, str]):
    assert editor.post(PAGE, data={"act": "acknowledge"}, headers=headers).status_code == 303
    assert incident(engine).acknowledged_by == "ada"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"act=acknowledge", "text/plain", 415),
        (b'{"act": "acknowledge"}', "application/json", 415),
        (b"act=" + b"a" * LONGEST_FORM, "application/x-www-form-urlencoded", 413),
        (b"\xff\xfe%00%zz&&==", "application/x-www-form-urlencoded", 400),
        (b"", "application/x-www-form-urlencoded; charset=utf-8", 400),
    ],
)
def test_what_is_no_form_is_refused(editor: TestClient, engine: Engine, body: bytes, kind: str, status: int):
    answer = editor.post(PAGE, content=body, headers={**OWN, "Content-Type": kind})
    assert answer.status_code == status
    assert incident(engine).acknowledged_by is None


@pytest.mark.parametrize("page", ["/incidents/9.html", "/incidents/x.html", "/incidents/index.html"])
def test_what_is_not_there_is_not_found(editor: TestClient, page: str):
    assert editor.post(page, data={"act": "acknowledge"}, headers=OWN).status_code == 404


def test_only_a_page_is_posted_to(editor: TestClient):
    assert editor.post("/incidents/1/acknowledge", headers=OWN).status_code in (404, 405)


def test_the_list_is_served_to_whoever_may_look(anonymous: TestClient, monkeypatch: pytest.MonkeyPatch):
    answer = log_in(anonymous, monkeypatch, role="VIEWER").get("/incidents/index.fr.html")
    assert (answer.status_code, "1 incident ouvert" in answer.text.replace("\u00a0", " ")) == (200, True)
    assert answer.headers["Content-Security-Policy"] == STRICT


def test_the_origin_of_an_address():
    assert origin_of("https://airflow.example.org/prefix") == "https://airflow.example.org"
    assert not is_own({}, {"http://airflow"})
