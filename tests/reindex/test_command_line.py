"""The command line as a person meets it: what it prints, and one line with exit code 1 when it cannot."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from typer.testing import CliRunner, Result

from pipeline.errors import RetriableError
from reindex.__main__ import app
from reindex.index import aliases
from reindex.index.blocks import block_writes, blocked
from reindex.keeping import lock
from reindex.keeping.snapshots import snapshot
from reindex.plan import opaque_id
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.own_data import own_index, plan_of
from tests.stack import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(
    elasticsearch: RunningElasticsearch, served: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Runs a command on a served name, in this process."""
    monkeypatch.setenv("ELASTICSEARCH_HOST", elasticsearch.url)
    monkeypatch.setenv("ELASTICSEARCH_API_KEY", elasticsearch.key_for(served))
    monkeypatch.setenv("ELASTICSEARCH_INDEX", served)
    monkeypatch.setenv("ELASTICSEARCH_SNAPSHOT_REPOSITORY", elasticsearch.repository)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


@pytest.fixture
def swapped(client: Elasticsearch, served: str) -> tuple[str, str]:
    """Two generations, the second served: its name behind the first's, which refuses writes."""
    first = own_index(client, served, 1, documents=3)
    second = own_index(client, served, 2, alias=True, documents=4, run="reindex_weekly/second")
    block_writes(client, first)
    return first, second


def refused(result: Result) -> str:
    """The one line on stderr of a command that could not do its work."""
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.splitlines()
    return line


def test_status_shows_everything_there_is(run, client, served, swapped, elasticsearch):
    own_index(client, served, 3, state="failed", run="reindex_weekly/third")
    made = snapshot(client, plan_of(served, source=2), elasticsearch.repository)
    holder = lock.acquire(client, served, owner="reindex_weekly/fourth")
    lines = [re.sub(r"[\d.]+ k?B", "SIZE", line) for line in run("status").stdout.splitlines()]
    assert lines == [
        f"{served} → {served}-000002 (alias)",
        "  4 documents, SIZE, takes writes, validated, made by reindex_weekly/second",
        "our other indices",
        f"  {served}-000003: 0 documents, SIZE, takes writes, failed, made by reindex_weekly/third",
        f"  {served}-000001: 3 documents, SIZE, refuses writes, validated, made by run-1",
        f"lock: held by reindex_weekly/fourth since {holder.since}",
        "copy: none runs",
        f"our snapshots in {elasticsearch.repository}",
        f"  {made.name}: SUCCESS of {served}-000002, 1 shards",
    ]


@contextmanager
def slow_copy(client: Elasticsearch, served: str) -> Iterator[str]:
    """A run's copy that goes on while the body runs; its task."""
    task = client.options(opaque_id=opaque_id(served, "reindex_weekly/third")).reindex(
        source={"index": served, "size": 1},
        dest={"index": f"{served}-000003"},
        requests_per_second=0.1,
        wait_for_completion=False,
    )["task"]
    try:
        yield str(task)
    finally:
        client.tasks.cancel(task_id=task, wait_for_completion=True)


def test_status_shows_the_copy_that_runs(run, client, served, swapped):
    with slow_copy(client, served) as task:
        told = run("status").stdout
    assert re.search(rf"copy {task} of reindex_weekly/third: \d of 4 documents \(\d+ %\)", told)


def test_throttle_changes_the_speed_of_the_copy_that_runs(run, client, served, swapped):
    assert refused(run("throttle", "500")) == f"{served}: no copy runs."
    with slow_copy(client, served) as task:
        told = run("throttle", "0.05").stdout
        assert told == f"{served}: the copy writes 0.05 documents a second from now on.\n"
        speed = client.tasks.get(task_id=task)["task"]["status"]["requests_per_second"]
        assert speed == pytest.approx(0.05)
        assert run("throttle", "0").stdout.endswith("as many documents as it can from now on.\n")


def test_plan_shows_the_checks_and_what_would_be_done_and_does_nothing(run, client, served, swapped):
    before = sorted(client.indices.get(index=f"{served}*", expand_wildcards="all"))
    result = run("plan")
    assert result.exit_code == 0
    checks = [line.split()[:2] for line in result.stdout.splitlines()[:10]]
    names = "version health privileges served documents aliases next mapping disk repository"
    assert checks == [["ok", name] for name in names.split()]
    assert f"  from      {served}-000002\n  to        {served}-000003 (1 shards, 0 replicas)" in result.stdout
    assert sorted(client.indices.get(index=f"{served}*", expand_wildcards="all")) == before


def test_plan_shows_every_check_when_some_refuse(run, served, monkeypatch):
    monkeypatch.setenv("ELASTICSEARCH_SNAPSHOT_REPOSITORY", "nowhere")
    result = run("plan")
    assert refused(result) == f"{served}: a run would be refused by 2 of these checks."
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        ["ok", "version"],
        ["ok", "health"],
        ["ok", "privileges"],
        ["refused", "served"],
        ["refused", "repository"],
        ["ok", "queries"],
    ]


def test_plan_shows_a_change_of_the_mapping_line_by_line(run, client, served, swapped, monkeypatch, tmp_path):
    change = tmp_path / "change.json"
    change.write_text('{"mappings": {"properties": {"prix": {"type": "long"}}}, "removed": ["url.keyword"]}')
    monkeypatch.setenv("REINDEX_MAPPING", str(change))
    result = run("plan")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    first = next(number for number, line in enumerate(lines) if "mapping" in line)
    assert lines[first].endswith(f"settings and the mapping are those of {swapped[1]}; {change} changes 2:")
    assert [line.strip() for line in lines[first + 1 : first + 3]] == [
        "added    prix: type long",
        "removed  url.keyword: ignore_above 256, type keyword",
    ]
    change.write_text("{")
    refusal = [line for line in run("plan").stdout.splitlines() if line.startswith("refused")]
    assert refusal[0].startswith(f"refused  mapping       REINDEX_MAPPING: {change} is not JSON (")


def test_rollback_serves_the_previous_index_and_counts(run, client, served, swapped):
    first, second = swapped
    result = run("rollback")
    assert result.stdout.splitlines() == [
        f"{served} → {first} (was {second}, which is kept and refuses writes).",
        f"4 documents were written to {second} since its swap.",
    ]
    assert client.count(index=served)["count"] == 3
    assert (blocked(client, first), blocked(client, second)) == (False, True)
    assert lock.holder(client, served) is None
    back = run("rollback", "--to", second)
    assert back.stdout.startswith(f"{served} → {second} (was {first}, ")
    assert run("rollback", "--to", second).stdout.splitlines() == [
        f"{served} → {second} already; nothing was changed.",
        f"0 documents were written to {first} since its swap.",
    ]


def test_rollback_waits_for_nobody(run, client, served, swapped):
    lock.acquire(client, served, owner="reindex_weekly/third")
    assert f"{served} is locked by reindex_weekly/third since" in refused(run("rollback"))
    assert client.count(index=served)["count"] == 4


def test_rollback_without_an_answer_names_the_index_for_another_try(run, served, swapped, monkeypatch):
    first, second = swapped
    update = aliases.update

    def lost(*arguments: object, **options: object) -> None:
        update(*arguments, **options)
        raise RetriableError("aliases: Elasticsearch does not answer.")

    monkeypatch.setattr(aliases, "update", lost)
    line = refused(run("rollback"))
    again = f"python -m reindex rollback --to {first}"
    assert line == f"aliases: Elasticsearch does not answer. Then try again: {again}"
    assert run(*again.split()[3:]).stdout.splitlines() == [
        f"{served} → {first} already; nothing was changed.",
        f"4 documents were written to {second} since its swap.",
    ]


def test_rollback_where_there_is_nothing_to_go_back_to(run, client, served):
    own_index(client, served, 1, alias=True, documents=1)
    assert f"There is no index to roll {served} back to" in refused(run("rollback"))
    assert lock.holder(client, served) is None


def test_prune_says_what_it_would_delete_and_then_deletes_it(run, client, served, swapped, monkeypatch):
    first, second = swapped
    monkeypatch.setenv("REINDEX_KEEP_INDICES", "1")
    assert f"  kept              {second}\n  would be deleted  {first}\n" in run("prune", "--dry-run").stdout
    assert client.indices.exists(index=first)
    assert f"  deleted           {first}\n" in run("prune").stdout
    assert not client.indices.exists(index=first)
    assert lock.holder(client, served) is None


def test_prune_waits_for_nobody_but_a_dry_run_may_always_look(run, client, served, swapped):
    lock.acquire(client, served, owner="reindex_weekly/third")
    assert "is locked by reindex_weekly/third" in refused(run("prune"))
    assert run("prune", "--dry-run").exit_code == 0


def test_release_clears_away_what_a_dead_run_left_when_it_is_forced(run, client, served, swapped):
    lock.acquire(client, served, owner="reindex_weekly/dead")
    block_writes(client, swapped[1])
    own_index(client, served, 3, state="candidate", run="reindex_weekly/dead")
    assert "free the lock: python -m reindex release --force" in refused(run("release"))
    assert blocked(client, swapped[1])
    assert run("release", "--force").stdout.splitlines() == [
        f"{served}: the lock is free.",
        "  Its index refused writes; it takes them again.",
        f"  {served}-000003 is marked as failed.",
    ]
    assert not blocked(client, swapped[1])
    assert lock.holder(client, served) is None


def test_release_without_a_holder_needs_no_force(run, client, served, swapped):
    block_writes(client, swapped[1])
    assert "it takes them again" in run("release").stdout
    assert run("release").stdout == f"{served}: the lock is free.\n"


@pytest.mark.parametrize("command", ["plan", "status", "rollback", "prune", "release"])
def test_a_wrong_key_is_one_line(run, command, monkeypatch):
    monkeypatch.setenv("ELASTICSEARCH_API_KEY", "d3Jvbmc6a2V5")
    assert "Elasticsearch refuses the API key" in refused(run(command))


@pytest.mark.parametrize("command", ["status", "rollback", "prune", "release"])
def test_a_served_name_that_is_missing_is_one_line(run, served, command):
    assert refused(run(command)).startswith(f"No alias and no index is named {served}.")


def test_a_server_that_is_away_is_one_line(run, monkeypatch):
    monkeypatch.setenv("ELASTICSEARCH_HOST", f"http://127.0.0.1:{free_port()}")
    assert "Elasticsearch does not answer" in refused(run("status"))


@pytest.mark.parametrize(
    ("variable", "value"),
    [("ELASTICSEARCH_HOST", "search"), ("ELASTICSEARCH_INDEX", "Not Allowed"), ("REINDEX_KEEP_INDICES", "0")],
)
def test_a_wrong_setting_is_one_line_with_the_name_of_its_variable(run, variable, value, monkeypatch):
    monkeypatch.setenv(variable, value)
    line = refused(run("status"))
    assert line.startswith(f"{variable}: ")
    assert line.endswith(f"(is: {value}). See .env.example.")


def test_python_m_reindex_is_that_command_line():
    done = subprocess.run(
        [sys.executable, "-m", "reindex", "--help"],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=True,
    )
    for command in ("plan", "status", "rollback", "prune", "release"):
        assert re.search(rf"\b{command}\b", done.stdout)
    assert "nothing is swapped without its gate" in " ".join(done.stdout.split())
