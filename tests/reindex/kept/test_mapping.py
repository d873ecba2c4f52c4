"""What is served is what a rebuild makes again; what got lost closes the gate: whole runs."""

from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.handover import told
from reindex.index import indices, kept
from reindex.index.served import resolve
from tests.elasticsearch import RunningElasticsearch
from tests.gates import GateClosed
from tests.reindex.flow import Flow
from tests.reindex.kept.runs import NewRun, made_of, meta_of_others, run_from
from tests.reindex.platform import CATEGORY, WINDOW, facet, serve


def test_the_platforms_index_is_migrated_and_rebuilt_again_with_all_that_it_is_made_of(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    admin = elasticsearch.admin
    serve(admin, served)
    before, categories = made_of(admin, served), facet(admin, served)
    assert categories == [("Gestion", 20), ("Informatique", 20)]
    for number in (1, 2):
        run = new_run(f"run-{number}")
        run.run_all()
        assert resolve(admin, served).index == run.plan().target == indices.name(served, number + 1)
        assert made_of(admin, run.plan().target) == before
        assert facet(admin, served) == categories
        assert admin.search(index=served, size=WINDOW, sort="cours.titre.keyword")["hits"]["hits"]
        assert meta_of_others(admin, run.plan().target) == {"team": "search", "theirs": {"owner": "platform"}}
        assert indices.meta_of(admin, run.plan().target)["run"] == f"run-{number}"
        assert told(run.left("check_cluster")).notes == ()


def made_without(admin: Elasticsearch, run: Flow, path: str) -> None:
    """Make the candidate anew, without one multi-field of the predictions."""
    target = run.plan().target
    found, there = made_of(admin, target)[0], indices.meta_of(admin, target)
    parent = found["properties"]["predictions"]["properties"][path.split(".")[1]]
    del parent["fields"]["keyword"]
    settings = kept.at_first(kept.planned(admin, run.plan()))
    admin.indices.delete(index=target)
    admin.indices.create(index=target, mappings={**found, "_meta": there}, settings=settings)


def with_settings(admin: Elasticsearch, run: Flow, **changed: Any) -> None:
    """Make the candidate anew, with other settings."""
    target = run.plan().target
    found, there = made_of(admin, target)[0], indices.meta_of(admin, target)
    settings = {**kept.at_first(kept.planned(admin, run.plan())), **changed}
    admin.indices.delete(index=target)
    admin.indices.create(
        index=target,
        mappings={**found, "_meta": there},
        settings={name: value for name, value in settings.items() if value is not None},
    )


def closed(run: Flow, *, by: str) -> None:
    """Let a run go on until the gate, which closes and says why."""
    run_from(run, "copy_documents", until="compare_documents")
    with pytest.raises(GateClosed) as gate:
        run.step("check_courses_reindexed")
    assert by in str(gate.value)


def test_a_dropped_multi_field_closes_the_gate_which_says_what_the_field_was(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    serve(elasticsearch.admin, served)
    run = new_run("run-1")
    run.run_all(until="create_index")
    made_without(elasticsearch.admin, run, CATEGORY)
    closed(run, by=f"{CATEGORY}.keyword: was keyword, searchable, aggregatable, is gone")
    assert run.left("compare_documents")["gate"]["facts"]["mapping_differences"] == [
        f"{CATEGORY}.keyword: ignore_above 256, type keyword in the plan, nothing in the index"
    ]
    assert resolve(elasticsearch.admin, served).concrete


def test_a_changed_analyzer_closes_the_gate(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    serve(elasticsearch.admin, served)
    run = new_run("run-1")
    run.run_all(until="create_index")
    with_settings(elasticsearch.admin, run, **{"index.analysis.analyzer.titres.tokenizer": "keyword"})
    closed(run, by="index.analysis.analyzer.titres.tokenizer: standard in the plan, keyword in the index")


def test_a_lost_max_result_window_closes_the_gate(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    serve(elasticsearch.admin, served)
    run = new_run("run-1")
    run.run_all(until="create_index")
    with_settings(elasticsearch.admin, run, **{"index.max_result_window": None})
    closed(run, by="index.max_result_window: 50000 in the plan, nothing in the index")


def test_a_field_that_writers_bring_during_and_after_the_copy_closes_nothing(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    admin = elasticsearch.admin
    serve(admin, served)
    run = new_run("run-1")
    run.run_all(until="copy_documents")
    admin.index(index=served, id="during", document={"url": "https://x.fr/d", "nouveau": "texte"})
    run.step("catch_up")
    admin.index(index=served, id="after", document={"url": "https://x.fr/a", "plus": {"recent": 1.5}})
    run_from(run, "compare_documents")
    found = admin.search(index=served, query={"term": {"nouveau.keyword": "texte"}})["hits"]["hits"]
    assert [hit["_id"] for hit in found] == ["during"]
    caps = admin.field_caps(index=served, fields="plus.recent")["fields"]
    assert list(caps["plus.recent"]) == ["float"]
