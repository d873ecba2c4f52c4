"""kill -9 of the worker in the swap, before and behind the move of the aliases."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from pipeline.handover import as_json
from reindex.index import blocks, indices
from reindex.index.served import resolve
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.copied import THREE, Copied, contents, copied, state

ROOT = Path(__file__).resolve().parents[3]

DYING = """
import json, os, signal, sys
from elasticsearch import Elasticsearch
from pipeline.handover import from_json
from reindex.index import aliases
from reindex.swapping import swap
from reindex.plan import Plan
from reindex.settings import ReindexSettings

url, key, when, facts, checkpoints = sys.argv[1:]
update = aliases.update

def dying(*arguments, **options):
    if when == "after":
        update(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)

aliases.update = dying
client = Elasticsearch(url, api_key=key)
plan = from_json(Plan, json.loads(facts))
swap.swap(client, plan, settings=ReindexSettings(), checkpoints=json.loads(checkpoints))
"""


def killed(
    elasticsearch: RunningElasticsearch, client: Elasticsearch, served: str, *, when: str, concrete: bool
) -> Copied:
    """A copy whose swap, in a process of its own, was killed before or after the aliases moved."""
    ready = copied(client, served, concrete=concrete)
    key = elasticsearch.key_for(ready.plan.served)
    facts, checkpoints = json.dumps(as_json(ready.plan)), json.dumps(dict(ready.checkpoints))
    command = [sys.executable, "-c", DYING, elasticsearch.url, key, when, facts, checkpoints]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return ready


@pytest.mark.parametrize("concrete", [False, True])
def test_a_worker_that_dies_under_the_block_leaves_a_swap_that_the_retry_makes(
    client, served, elasticsearch, concrete
):
    ready = killed(elasticsearch, client, served, when="before", concrete=concrete)
    assert resolve(client, served).index == ready.plan.source
    assert blocks.blocked(client, ready.plan.source)
    done = ready.swap(client)
    assert (done.repeated, done.documents, done.archive) == (False, 3, indices.archive_of(ready.plan))
    assert contents(client, served) == {document["_id"]: document["_source"] for document in THREE}
    assert not blocks.blocked(client, ready.plan.target)


@pytest.mark.parametrize("concrete", [False, True])
def test_a_worker_that_dies_behind_the_swap_leaves_one_that_the_retry_only_reports(
    client, served, elasticsearch, concrete
):
    ready = killed(elasticsearch, client, served, when="after", concrete=concrete)
    assert resolve(client, served).index == ready.plan.target
    assert state(client, ready.plan.target) == "candidate"
    client.index(index=served, id="d", document={"url": "d"}, refresh=True)
    done = ready.swap(client)
    assert (done.repeated, done.documents, done.block_seconds) == (True, 4, 0)
    assert state(client, ready.plan.target) == "validated"
    assert (blocks.blocked(client, done.archive), blocks.blocked(client, done.target)) == (True, False)
