"""Routes on the real stack: by a setting and by connections that somebody has made in Airflow."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.settings import PROJECT, ElasticsearchSettings
from local.show.runs import USERS, wait_for_dag
from local.stack.environment import process_environment
from local.stack.stack import Stack
from tests import workbooks
from tests.provider.receiver import Receiver, receiver
from tests.runs import Ended, end, logged_in, mail_count
from tests.stack import new_stack
from tests.users_runs import ask

pytestmark = pytest.mark.stack

ROUTES = (
    "{routes: [{match: {gate: users_source}, to: [webhook:pager]}, {match: {dag: x}, to: [slack:nowhere]}],"
    " default: [mail:team@example.org]}"
)
MISSING = "ALERT_ROUTES: slack:nowhere: there is no Airflow connection nowhere. Make it, of type apprise."


@pytest.fixture(scope="module")
def playing() -> Iterator[Receiver]:
    with receiver() as playing:
        yield playing


@pytest.fixture(scope="module")
def routed(playing: Receiver) -> Iterator[Stack]:
    """A stack with routes and a connection to the receiver; it needs no cluster."""
    nowhere = ElasticsearchSettings(host="http://127.0.0.1:1")
    with pytest.MonkeyPatch.context() as environment, new_stack(elasticsearch=nowhere) as stack:
        environment.setenv("ALERT_ROUTES", ROUTES)
        stack.start()
        pager = {"connection_id": "pager", "conn_type": "apprise"}
        pager["extra"] = f'{{"config": {{"path": "json://127.0.0.1:{playing.port}/hook"}}}}'
        with logged_in(stack) as ui:
            ui.post("/api/v2/connections", json=pager).raise_for_status()
        yield stack


@pytest.fixture(scope="module")
def closed(routed: Stack, playing: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """A run whose gate users_source closed, and whose webhook answered 500 once."""
    wait_for_dag(routed.api, seconds=60)
    routed.api.unpause(USERS.dag)
    playing.answers = [500]
    bad = workbooks.header_without_rows(tmp_path_factory.mktemp("bad"))
    run_id = routed.api.trigger(USERS.dag, {"workbook": str(bad)})
    return end(routed, run_id, mails_before=mail_count(routed))


def test_a_message_goes_where_its_route_leads_and_a_refusal_is_tried_again(
    routed: Stack, closed: Ended, playing: Receiver
):
    refused, taken = playing.received
    assert refused.headers["idempotency-key"] == taken.headers["idempotency-key"] == taken.body["key"]
    assert taken.body["subject"] == f"[closed] users_source · {USERS.dag} · {closed.run.run_id}"
    told = [mail.subject for mail in closed.mails if mail.subject.endswith(closed.run.run_id)]
    # The default route has what is over of the run before, and what is wrong with the routes, but no verdict.
    assert not any("users_source" in subject for subject in told)
    assert closed.tries["notify_completion"] == 2
    attempts = "SELECT attempts, delivered_at IS NOT NULL FROM quality_deliveries WHERE channel = 'webhook'"
    assert ask(routed, attempts) == [(2, True)]


def test_from_the_verdict_to_the_message_it_takes_seconds(routed: Stack, closed: Ended):
    waited = """
        SELECT extract(epoch FROM first_at - started_at) - seconds
        FROM quality_deliveries JOIN quality_runs USING (run)
        WHERE gate = 'users_source' AND channel = 'webhook'
    """
    ((seconds,),) = ask(routed, waited)
    sys.stdout.write(f"from the verdict to the message: {seconds:.1f} s\n")
    assert 0 < seconds < 60


def test_a_route_to_a_missing_connection_is_one_line_when_the_dag_is_parsed(routed: Stack, closed: Ended):
    logs = Path(routed.settings.airflow_home) / "logs"
    parsed = list(logs.glob("dag_processor/*/dags-folder/etl_users_daily.py.log"))
    assert parsed
    assert all(MISSING in file.read_text() for file in parsed)
    run = logs / f"dag_id={USERS.dag}" / f"run_id={closed.run.run_id}"
    assert MISSING in (run / "task_id=notify_completion" / "attempt=1.log").read_text()
    assert MISSING not in (run / "task_id=extract_users" / "attempt=1.log").read_text()


def test_the_command_shows_the_routes_with_connections_of_airflows_database(routed: Stack):
    shown = subprocess.run(
        [sys.executable, "-m", "provider", "routes"],
        cwd=PROJECT,
        env=process_environment(routed.settings),
        capture_output=True,
        text=True,
        check=False,
    )
    table = re.sub(" +", " ", shown.stdout).splitlines()
    assert table == [
        "WHEN WHO IS TOLD",
        "gate users_source webhook:pager",
        "dag x mail:team@example.org",
        "everything else mail:team@example.org",
    ], shown.stderr
    assert MISSING in shown.stderr
    assert "pager" not in shown.stderr
    assert shown.returncode == 1
