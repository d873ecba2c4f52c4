"""Sample courses: always the same ones, of about 1 kB, and an index that a run takes as its source."""

import itertools
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from elasticsearch import Elasticsearch

from local.sample.courses import courses, identity, load, url
from reindex import contract
from reindex.index import indices
from reindex.index.served import resolve
from tests.elasticsearch import RunningElasticsearch

ROOT = Path(__file__).resolve().parents[3]


def test_the_same_seed_gives_the_same_courses_and_another_seed_gives_others():
    first, again, other = (list(courses(200, seed=seed)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_a_longer_list_begins_like_a_shorter_one():
    assert list(itertools.islice(courses(1000), 50)) == list(courses(50))


def test_courses_are_about_one_kilobyte_and_all_different():
    texts = [json.dumps(course, ensure_ascii=False) for course in courses(2000)]
    sizes = [len(text.encode()) for text in texts]
    assert 900 < sum(sizes) / len(sizes) < 1300
    assert len(set(texts)) == 2000


def test_courses_have_the_fields_that_the_gate_requires():
    found = list(courses(1000))
    assert [course["url"] for course in found[:2]] == [url(1), url(2)]
    assert all(course["cours"]["titre"] for course in found)
    assert {course["cours"]["niveau"] for course in found} == set(contract.LEVELS)
    assert Counter("description" in course["cours"] for course in found) == {True: 990, False: 10}


def test_loaded_courses_stand_behind_an_alias_in_an_index_of_ours(elasticsearch, served):
    with elasticsearch.client_for(served) as client:
        assert load(client, served, 2500) == 2500
        (own,) = indices.own_indices(client, served)
        assert resolve(client, served).index == own.name == indices.name(served, 1)
        assert own.state == "validated"
        assert client.count(index=own.name)["count"] == 2500
        found = client.indices.get_mapping(index=own.name)[own.name]["mappings"]
        assert found["properties"] == contract.mapping()["properties"]
        document = client.get(index=served, id=identity(2500))["_source"]
        assert document == list(courses(2500))[-1]


def test_courses_are_added_to_a_name_that_is_there(elasticsearch: RunningElasticsearch, served: str):
    client: Elasticsearch = elasticsearch.admin
    client.indices.create(index=served)
    client.index(index=served, id="mine", document={"url": "mine"})
    load(client, served, 10)
    load(client, served, 20)
    assert client.count(index=served)["count"] == 21
    assert resolve(client, served).concrete


def test_on_the_command_line(elasticsearch: RunningElasticsearch, served: str):
    environment = {
        "ELASTICSEARCH_HOST": elasticsearch.url,
        "ELASTICSEARCH_API_KEY": elasticsearch.key_for(served),
        "ELASTICSEARCH_INDEX": served,
    }
    command = [sys.executable, "-m", "local.sample.courses", "--count", "30"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{served}: 30 courses\n", "")
    assert elasticsearch.admin.count(index=served)["count"] == 30
