"""Pipelines, rare settings and vectors: what a copy could run, leave out or lose."""

from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.errors import PipelineError
from reindex.errors import IndexConflictError
from reindex.index import aliases
from reindex.index.vectors import whole_source
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.kept.runs import NewRun, made_of, run_from
from tests.reindex.platform import serve


@pytest.fixture
def pipelines(elasticsearch: RunningElasticsearch, served: str) -> Any:
    """Two pipelines that count how often they have run on a document."""
    names = {f"index.{kind}_pipeline": f"{served}-{kind}" for kind in ("default", "final")}
    for name in names.values():
        kind = name.removeprefix(f"{served}-")
        script = f"ctx.{kind} = ctx.{kind} == null ? 1 : ctx.{kind} + 1"
        elasticsearch.admin.ingest.put_pipeline(id=name, processors=[{"script": {"source": script}}])
    yield names
    for index in elasticsearch.admin.indices.get(index=f"{served}*", expand_wildcards="all"):
        elasticsearch.admin.indices.put_settings(index=index, settings=dict.fromkeys(names))
    for name in names.values():
        elasticsearch.admin.ingest.delete_pipeline(id=name)


def test_pipelines_are_kept_and_never_run_on_copied_or_caught_up_documents_even_when_the_swap_fails_there(
    new_run: NewRun,
    elasticsearch: RunningElasticsearch,
    served: str,
    pipelines: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
):
    admin = elasticsearch.admin
    serve(admin, served, count=10, settings={k.removeprefix("index."): v for k, v in pipelines.items()})
    run = new_run("run-1")
    run.run_all(until="copy_documents")
    admin.index(index=served, id="during", document={"url": "https://x.fr/d"})
    run_from(run, "catch_up", until="check_courses_reindexed")

    def dies(*_: object, **__: object) -> None:
        raise PipelineError("the worker died")

    with monkeypatch.context() as patched:
        patched.setattr(aliases, "update", dies)
        with pytest.raises(PipelineError, match="the worker died"):
            run.step("swap_alias")
    settings = admin.indices.get_settings(index=run.plan().target, flat_settings=True)
    assert pipelines.items() <= settings[run.plan().target]["settings"].items()
    admin.index(index=served, id="between", document={"url": "https://x.fr/b"})
    run.step("swap_alias")
    admin.index(index=served, id="afterwards", document={"url": "https://x.fr/a"}, refresh=True)
    found = admin.search(index=served, size=100)["hits"]["hits"]
    assert len(found) == 13
    assert {(hit["_source"]["default"], hit["_source"]["final"]) for hit in found} == {(1, 1)}
    assert pipelines.items() <= made_of(admin, run.plan().target)[1].items()
    with pytest.raises(IndexConflictError, match=r"swapped .* in already"):
        run.step("catch_up")
    assert pipelines.items() <= made_of(admin, run.plan().target)[1].items()


def test_settings_that_only_a_few_have_are_kept_too(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    admin = elasticsearch.admin
    rare = {
        "number_of_shards": 2,
        "sort": {"field": ["rang"], "order": ["desc"]},
        "hidden": True,
        "similarity": {"faible": {"type": "BM25", "b": "0.2"}},
        "routing_partition_size": 1,
        "query": {"default_field": ["url", "cours.titre"]},
        "auto_expand_replicas": "0-1",
        "search": {"slowlog": {"threshold": {"query": {"warn": "9s"}}}},
        "default_pipeline": "_none",
        "gc_deletes": "30s",
    }
    properties = {"rang": {"type": "long"}, "resume": {"type": "text", "similarity": "faible"}}
    serve(admin, served, count=20, settings=rare, mappings={"properties": properties, "dynamic": "true"})
    before = made_of(admin, served)
    run = new_run("run-1")
    run.run_all()
    assert made_of(admin, run.plan().target) == before
    assert before[1]["index.sort.field"] == ["rang"]


def test_vectors_that_the_server_leaves_out_of_its_answers_are_not_lost_by_the_catch_up_or_the_swap(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    admin = elasticsearch.admin
    serve(admin, served, count=2)
    first, second, third = ([round((n + i) / 1000, 4) for i in range(384)] for n in range(3))
    admin.index(index=served, id="v0", document=embedded(first))
    run = new_run("run-1")
    run.run_all(until="copy_documents")
    admin.index(index=served, id="v0", document=embedded(second))
    run_from(run, "catch_up", until="check_courses_reindexed")
    target = run.plan().target
    assert made_of(admin, target)[0]["properties"]["vecteur"]["type"] == "dense_vector"
    assert vectors(admin, target) == {"v0": pytest.approx(second, rel=1e-5)}
    admin.index(index=served, id="v1", document=embedded(third))
    run.step("swap_alias")
    assert vectors(admin, served) == {
        "v0": pytest.approx(second, rel=1e-5),
        "v1": pytest.approx(third, rel=1e-5),
    }


def embedded(vector: list[float]) -> dict[str, Any]:
    return {"url": "https://x.fr/v", "cours": {"titre": "Vecteurs"}, "vecteur": vector}


def vectors(admin: Elasticsearch, index: str) -> dict[str, list[float]]:
    """The vector of each document that has one."""
    admin.indices.refresh(index=index)
    found = admin.search(index=index, query={"exists": {"field": "vecteur"}}, **whole_source(admin))
    return {hit["_id"]: hit["_source"]["vecteur"] for hit in found["hits"]["hits"]}
