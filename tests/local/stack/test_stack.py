"""The whole stack, for real: it starts, is reused, mends itself, runs a DAG, and stops without a trace."""

import json
import os
import smtplib
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from local import cli
from local.elasticsearch.security import is_valid_api_key
from local.errors import LocalStackError
from local.show.demo import DemoOutcome, Show
from local.show.mail import read_mails
from local.show.runs import Flow, begin_run, first_error, follow, recent_states, wait_for_dag
from local.stack import leftovers
from local.stack.environment import METADATA_DATABASE
from local.stack.postgres import comment_of
from local.stack.services import needed_ports
from local.stack.stack import Stack
from local.stack.supervision import MARKER

pytestmark = pytest.mark.stack

TINY = Flow("tiny", again={"force": True})


def listening_sockets(stack: Stack) -> set[tuple[str, int]]:
    """Address and port of every TCP socket that a process of the stack listens on."""
    processes = leftovers.members(stack.settings)
    found = [entry for process in processes for entry in process.net_connections(kind="tcp")]
    listening = [entry.laddr for entry in found if entry.status == psutil.CONN_LISTEN]
    # Java listens through IPv6, on IPv4 addresses.
    return {(address.ip.removeprefix("::ffff:"), address.port) for address in listening}


def test_every_service_runs_and_listens_on_the_loopback_only(running: Stack):
    assert [service.name for service in running.status() if not service.running] == []
    settings = running.settings
    sockets = listening_sockets(running)
    assert {address for address, _ in sockets} == {"127.0.0.1"}
    assert {settings.ui_port, settings.smtp_port, settings.elasticsearch_port} < {port for _, port in sockets}
    transport_of_elasticsearch = 1
    assert len(sockets) == len(needed_ports(settings)) + transport_of_elasticsearch
    assert "migrated by Airflow" in (comment_of(settings, METADATA_DATABASE) or "")


def test_a_second_start_reuses_what_runs(running: Stack):
    pids = [service.pid for service in running.status()]
    begun = time.monotonic()
    assert Stack(running.settings).start().reused
    assert time.monotonic() - begun < 15
    assert [service.pid for service in running.status()] == pids


def test_a_service_that_died_shows_and_is_started_again(running: Stack):
    before = {service.name: service.pid for service in running.status()}
    smtp = psutil.Process(before["smtp"] or 0)
    smtp.kill()
    while smtp.is_running():
        time.sleep(0.05)
    time.sleep(2)
    assert [service.name for service in running.status() if not service.running] == ["smtp"]
    running.start()
    after = {service.name: service.pid for service in running.status()}
    assert [name for name in before if before[name] != after[name]] == ["smtp"]


def test_mail_that_is_sent_is_in_the_mailbox(running: Stack):
    with smtplib.SMTP("127.0.0.1", running.settings.smtp_port, timeout=10) as client:
        client.sendmail(
            "a@example.org", ["b@example.org"], "Subject: bonjour\r\nTo: b@example.org\r\n\r\ntext\r\n"
        )
    assert read_mails(running.settings.mail_folder)[0].subject == "bonjour"


def test_the_pipeline_reaches_elasticsearch_with_the_key_that_its_tasks_have(running: Stack):
    environment = running.environment()
    index, key = environment["ELASTICSEARCH_INDEX"], environment["ELASTICSEARCH_API_KEY"]
    assert is_valid_api_key(environment["ELASTICSEARCH_HOST"], key, index=index)
    pids = {service.name: service.pid for service in running.status()}
    tasks = psutil.Process(pids["airflow-scheduler"] or 0).environ()
    assert json.loads(tasks["AIRFLOW_CONN_ELASTICSEARCH_DEFAULT"])["extra"] == {"api_key": key}
    assert tasks["ELASTICSEARCH_API_KEY"] == key


def test_unpausing_makes_the_one_first_run_and_the_next_one_is_forced(running: Stack):
    wait_for_dag(running.api, seconds=60, flow=TINY)
    first = begin_run(running.api, {}, flow=TINY)
    ended = follow(running.api, first, seconds=60, show=lambda _: None, flow=TINY)
    assert ended.state == "success"
    assert ended.task_seconds < (ended.seconds or 0) < 60
    assert recent_states(running.api, flow=TINY) == ["success"]
    assert first.startswith("scheduled__")
    second = begin_run(running.api, {"fail": True}, flow=TINY)
    failed = follow(running.api, second, seconds=60, show=lambda _: None, flow=TINY)
    runs = {run["dag_run_id"]: run["conf"] for run in running.api.runs(TINY.dag)}
    assert runs == {first: {}, second: {"fail": True, "force": True}}
    assert recent_states(running.api, flow=TINY) == ["failed", "success"]
    assert first_error(running.api, failed, flow=TINY) == "only: told to fail"


def test_on_a_fresh_stack_a_demonstration_shows_its_own_run_and_not_the_first_one(
    running: Stack, monkeypatch: pytest.MonkeyPatch
):
    flow = Flow("demonstrated")
    file = running.settings.dags_folder / "demonstrated.py"
    file.write_text(
        (running.settings.dags_folder / "tiny.py").read_text().replace("tiny()", "demonstrated()")
    )
    shown: list[str] = []

    def demo(stack: Stack, show: Show) -> DemoOutcome:
        shown.append(begin_run(stack.api, {"fail": True}, flow=flow))
        raise LocalStackError("enough was seen")

    monkeypatch.setattr(cli, "Stack", lambda: running)
    monkeypatch.setattr(cli, "USERS", flow)
    monkeypatch.setattr(cli, "run_demo", demo)
    try:
        result = CliRunner().invoke(cli.app, ["demo-failure", "--rows", "10"])
        assert result.output.splitlines()[-1] == "enough was seen"
        runs = {run["dag_run_id"]: run["conf"] for run in running.api.runs(flow.dag)}
        assert runs.pop(shown[0]) == {"fail": True}
        assert [run.startswith("scheduled__") for run in runs] == [True]
    finally:
        file.unlink()


def test_a_dag_that_cannot_be_imported_ends_the_wait_with_its_error(running: Stack):
    file = running.settings.dags_folder / "broken.py"
    file.write_text('"""A DAG for Airflow."""\nraise ValueError("the settings are missing")\n')
    try:
        with pytest.raises(
            LocalStackError, match=r"broken\.py cannot be imported: .*the settings are missing"
        ):
            wait_for_dag(running.api, seconds=60, flow=Flow("broken"))
    finally:
        file.unlink()


def test_stopping_ends_all_that_the_stack_started_and_nothing_of_a_person(running: Stack):
    settings = running.settings
    marked = {**os.environ, MARKER: str(settings.root)}
    shell = subprocess.Popen(
        ("sh", "-c", "read line"), cwd=settings.elasticsearch_folder / "logs", stdin=subprocess.PIPE
    )
    orphan = subprocess.Popen(("sleep", "600"), cwd=settings.working_folder, env=marked)
    try:
        processes = leftovers.members(settings)
        assert len(processes) > len(running.programs)
        stopped = running.stop()
        assert set(stopped.services) == {program.name for program in running.programs}
        assert stopped.leftovers == (f"sleep (pid {orphan.pid})",)
        assert orphan.poll() is not None
        assert shell.poll() is None
        assert [process for process in processes if process.is_running()] == []
        assert leftovers.members(settings) == []
        assert not Path(running.supervisor.socket).exists()
        assert running.stop().services == ()
    finally:
        shell.kill()
        orphan.kill()
        shell.communicate()


def test_what_outlives_a_killed_supervisor_is_ended_by_stop(running: Stack):
    supervisor = psutil.Process(running.supervisor.pid())
    supervisor.kill()
    supervisor.wait(timeout=10)
    assert leftovers.members(running.settings) != []
    ended = running.stop().leftovers
    assert {"postgres", "java"} <= {name.partition(" ")[0] for name in ended}
    assert leftovers.members(running.settings) == []


def test_a_port_in_use_stops_the_start_before_anything_runs(stack: Stack):
    stack.stop()
    with (
        socket.create_server(("127.0.0.1", stack.settings.smtp_port)),
        pytest.raises(LocalStackError, match=f"Port {stack.settings.smtp_port}.*LOCAL_SMTP_PORT"),
    ):
        stack.start()
    assert leftovers.members(stack.settings) == []


def test_a_service_that_cannot_start_is_told_with_the_end_of_its_log(stack: Stack):
    stack.stop()
    config = stack.settings.postgres_data / "postgresql.conf"
    good = config.read_text()
    config.write_text(f"{good}\nno_such_setting = 1\n")
    try:
        with pytest.raises(LocalStackError, match=r"(?s)postgresql stopped while starting.*no_such_setting"):
            stack.start()
    finally:
        config.write_text(good)
        stack.stop()
