"""Indices of our own: named, made, found again, and told from anybody else's."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from elasticsearch import Elasticsearch

from pipeline.errors import FatalError
from reindex import contract
from reindex.errors import IndexConflictError
from reindex.index import indices, kept
from reindex.index.served import resolve
from reindex.keeping import lock
from reindex.plan import Plan
from tests.elasticsearch import RunningElasticsearch


def plan_of(served: str, *, run: str = "run-1", number: int = 2) -> Plan:
    """A plan that replaces index 1 of a served name."""
    source, target = indices.name(served, 1), indices.name(served, number)
    return Plan(run, served, source, target, concrete=False, shards=2, replicas=1, documents=3, bytes=999)


@pytest.fixture
def plan(client: Elasticsearch, served: str) -> Plan:
    """A plan whose source is there."""
    plan = plan_of(served)
    settings = {"refresh_interval": "7s", "number_of_shards": 2}
    client.indices.create(
        index=plan.source, mappings=contract.mapping(), settings=settings, aliases={served: {}}
    )
    return plan


def settings_of(client: Elasticsearch, index: str) -> dict[str, str]:
    return client.indices.get_settings(index=index, flat_settings=True)[index]["settings"]


def test_numbers_have_six_digits_at_least():
    assert [indices.name("courses", number) for number in (1, 1_234_567)] == [
        "courses-000001",
        "courses-1234567",
    ]


@pytest.mark.parametrize(
    "index", ["courses-12", "courses-lock", "courses-000001-old", "other-000001", "coursesX000001", "courses"]
)
def test_only_names_with_a_number_are_ours(index: str):
    assert indices.number_of("courses", "courses-000012") == 12
    assert indices.number_of("courses", index) is None


def test_the_target_has_the_mapping_the_owner_and_nothing_that_slows_the_copy(client, plan):
    created = indices.create_index(client, plan, checkpoints={"0": 41, "1": -1})
    assert created == indices.Created(resumed=False, checkpoints={"0": 41, "1": -1})
    assert kept.unlike_plan(client, plan, made=True) == []
    (own,) = indices.own_indices(client, plan.served)
    assert (own.name, own.number, own.run, own.state) == (plan.target, 2, "run-1", "candidate")
    meta = indices.meta_of(client, plan.target)
    assert (meta["source"], meta["checkpoints"]) == (plan.source, {"0": 41, "1": -1})
    settings = settings_of(client, plan.target)
    assert [settings[f"index.{name}"] for name in ("number_of_shards", "number_of_replicas")] == ["2", "0"]
    assert "index.refresh_interval" not in settings


def test_a_ready_target_has_the_replicas_and_refreshes_of_the_source(client, plan):
    indices.create_index(client, plan, checkpoints={})
    client.index(index=plan.target, id="a", document={"url": "a"})
    indices.ready(client, plan)
    assert client.count(index=plan.target)["count"] == 1
    settings = settings_of(client, plan.target)
    assert (settings["index.number_of_replicas"], settings["index.refresh_interval"]) == ("1", "7s")


def test_a_retry_resumes_its_own_index_with_its_first_checkpoints(client, plan):
    indices.create_index(client, plan, checkpoints={"0": 1})
    client.index(index=plan.target, id="a", document={"url": "a"}, refresh=True)
    indices.set_state(client, plan.target, "failed")
    created = indices.create_index(client, plan, checkpoints={"0": 99})
    assert created == indices.Created(resumed=True, checkpoints={"0": 1})
    (own,) = indices.own_indices(client, plan.served)
    assert own.state == "candidate"
    assert client.count(index=plan.target)["count"] == 1
    assert indices.next_target(client, plan.served, run="run-1") == plan.target


def test_a_candidate_of_another_source_is_not_resumed(client, plan):
    indices.create_index(client, plan, checkpoints={})
    overtaken = replace(plan, source=f"{plan.served}-000007")
    with pytest.raises(IndexConflictError, match="another run has swapped since"):
        indices.create_index(client, overtaken, checkpoints={})


def test_the_index_of_another_run_is_refused(client, plan):
    indices.create_index(client, plan, checkpoints={})
    with pytest.raises(IndexConflictError, match=f"{plan.target} already, and this run did not make it"):
        indices.create_index(client, replace(plan, run="run-2"), checkpoints={})
    assert indices.next_target(client, plan.served, run="run-2") == indices.name(plan.served, 3)


def test_an_index_made_by_somebody_else_under_the_next_name_is_refused(client, plan):
    client.indices.create(index=plan.target)
    with pytest.raises(IndexConflictError, match=f"{plan.target} already"):
        indices.next_target(client, plan.served, run="run-1")
    with pytest.raises(IndexConflictError, match=f"{plan.target} already"):
        indices.create_index(client, plan, checkpoints={})
    assert indices.meta_of(client, plan.target) == {}


@pytest.fixture
def published_by_a_template(elasticsearch: RunningElasticsearch, served: str) -> Iterator[str]:
    """A template of the cluster that puts every index of a similar name behind the served one."""
    name = f"{served}-template"
    elasticsearch.admin.indices.put_index_template(
        name=name, index_patterns=[f"{served}-*"], template={"aliases": {served: {}}}, priority=500
    )
    yield name
    elasticsearch.admin.indices.delete_index_template(name=name)


def test_an_index_that_a_template_publishes_is_taken_back(client, plan, published_by_a_template):
    with pytest.raises(
        IndexConflictError, match=f"{plan.target} behind {plan.served}; the index was deleted"
    ):
        indices.create_index(client, plan, checkpoints={})
    assert not client.indices.exists(index=plan.target)
    with pytest.raises(IndexConflictError, match=f"{plan.served}-lock behind {plan.served}"):
        lock.acquire(client, plan.served, owner="run-1")
    assert resolve(client, plan.served).index == plan.source


def test_numbers_go_on_from_a_served_index_that_somebody_else_made(client, plan):
    assert indices.own_indices(client, plan.served) == []
    assert indices.next_target(client, plan.served, run="run-1") == plan.target


def test_an_alias_under_the_next_name_is_refused(client, plan):
    client.indices.put_alias(index=plan.source, name=plan.target)
    with pytest.raises(IndexConflictError, match="index \\(or alias\\)"):
        indices.next_target(client, plan.served, run="run-1")


def test_a_concrete_index_leaves_a_number_for_its_archive(client, served):
    client.indices.create(index=served)
    target = indices.next_target(client, served, run="run-1")
    assert target == indices.name(served, 2)
    plan = replace(plan_of(served), source=served, concrete=True)
    assert indices.archive_of(plan) == indices.name(served, 1)
    client.indices.create(index=indices.name(served, 1))
    with pytest.raises(IndexConflictError, match=f"{served}-000001 already"):
        indices.next_target(client, served, run="run-1")


def test_own_indices_are_sorted_and_foreign_ones_are_not_among_them(client, plan):
    for number in (12, 3):
        indices.create_index(client, plan_of(plan.served, run=str(number), number=number), checkpoints={})
    client.indices.create(index=f"{plan.served}-000005")
    client.indices.create(
        index=f"{plan.served}-lock", mappings={"_meta": {"owner": "inlearning-data-quality"}}
    )
    copied = indices.new_meta(replace(plan, served="other"), state="validated", checkpoints={})
    client.indices.create(index=f"{plan.served}-000007", mappings={"_meta": copied})
    assert [own.number for own in indices.own_indices(client, plan.served)] == [3, 12]


@pytest.mark.parametrize(
    ("states", "last"),
    [
        (("validated",), "validated"),
        (("failed", "candidate", "validated"), "validated"),
        (("failed", "failed"), "failed"),
    ],
)
def test_states_lead_from_candidate_to_validated_or_failed(client, plan, states, last):
    indices.create_index(client, plan, checkpoints={"0": 7})
    before = indices.meta_of(client, plan.target)
    for state in states:
        indices.set_state(client, plan.target, state)
    assert indices.meta_of(client, plan.target) == {**before, "state": last}


@pytest.mark.parametrize("state", ["failed", "candidate"])
def test_what_was_served_once_stays_validated(client, plan, state):
    indices.create_index(client, plan, checkpoints={})
    indices.set_state(client, plan.target, "validated")
    with pytest.raises(IndexConflictError, match=f"is validated and cannot become {state}"):
        indices.set_state(client, plan.target, state)
    with pytest.raises(IndexConflictError, match="swapped"):
        indices.create_index(client, plan, checkpoints={})


def test_the_state_of_a_foreign_index_is_not_touched(client, plan):
    with pytest.raises(IndexConflictError, match="not made by this product"):
        indices.set_state(client, plan.source, "failed")
    assert indices.meta_of(client, plan.source) == {}


def test_french_words_are_found_in_their_other_forms_and_unknown_fields_are_kept(client, plan):
    indices.create_index(client, plan, checkpoints={})
    course = {"cours": {"titre": "L'apprentissage des réseaux"}, "nouveau": {"champ": 1}}
    client.index(index=plan.target, id="a", document=course, refresh=True)
    found = client.search(index=plan.target, query={"match": {"cours.titre": "apprentissages réseau"}})
    assert [hit["_source"] for hit in found["hits"]["hits"]] == [course]
    assert kept.unlike_plan(client, plan, made=True) == []


def test_a_long_text_in_a_keyword_field_does_not_refuse_the_document(client, plan):
    indices.create_index(client, plan, checkpoints={})
    long = {"url": "é" * 40_000, "cours": {"titre": "€" * 40_000, "niveau": "€" * 40_000}}
    assert client.index(index=plan.target, id="a", document=long)["result"] == "created"


def test_the_api_key_of_one_served_name_makes_nothing_of_another(client, elasticsearch: RunningElasticsearch):
    foreign = plan_of("elsewhere")
    with pytest.raises(FatalError, match="elsewhere-000002: the API key may not do this"):
        indices.create_index(client, foreign, checkpoints={})
    assert not elasticsearch.admin.indices.exists(index=foreign.target)
