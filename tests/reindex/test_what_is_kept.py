"""What is served is what a rebuild makes again, unless a file says otherwise: whole runs with their gates."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from sqlalchemy import Engine

from pipeline.errors import PipelineError
from pipeline.handover import told
from reindex.errors import IndexConflictError, MappingFileError
from reindex.index import aliases, indices, kept
from reindex.index.served import resolve
from reindex.index.vectors import whole_source
from reindex.settings import ReindexSettings
from tests.elasticsearch import RunningElasticsearch
from tests.gates import GateClosed
from tests.reindex.flow import STEPS, Flow
from tests.reindex.platform import CATEGORY, LEVEL, WINDOW, facet, serve

NewRun = Callable[..., Flow]


@pytest.fixture
def new_run(elasticsearch: RunningElasticsearch, served: str, engine: Engine, tmp_path: Path) -> NewRun:
    """`new_run("run-1", change={…})`: a run on the served index, with a file of REINDEX_MAPPING."""

    def new_run(run: str, *, change: Mapping[str, Any] | None = None, **options: Any) -> Flow:
        file = tmp_path / "change.json"
        if change is not None:
            file.write_text(json.dumps(change))
        settings = ReindexSettings(index=served, mapping=None if change is None else str(file))
        return Flow(elasticsearch.cluster_for(served), settings, tmp_path, run=run, engine=engine, **options)

    return new_run


def run_from(run: Flow, step: str, *, until: str | None = None) -> None:
    """The steps from one on."""
    for name in list(STEPS)[list(STEPS).index(step) :]:
        run.step(name)
        if name == until:
            return


def made_of(admin: Elasticsearch, index: str) -> tuple[Any, Any]:
    """Mapping and settings of an index without what the server makes."""
    found = kept.served(admin, index)
    return found.mapping, {**found.settings, kept.TIER: None}


def meta_of_others(admin: Elasticsearch, index: str) -> dict[str, Any]:
    return {k: v for k, v in indices.meta_of(admin, index).items() if k not in indices.OURS}


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


CHANGE: dict[str, Any] = {
    "mappings": {"properties": {"predictions": {"properties": {"predicted_level": {"type": "keyword"}}}}},
    "settings": {"max_result_window": 20_000},
    "removed": ["cours.paru.keyword", "index.codec", "dynamic_templates.codes"],
}


def test_a_change_on_purpose_is_shown_line_by_line_and_made(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    admin = elasticsearch.admin
    serve(admin, served)
    run = new_run("run-1", change=CHANGE)
    run.run_all()
    notes = told(run.left("check_cluster")).notes
    assert notes == (
        'Mapping and settings: removed dynamic template codes: mapping {"type": "keyword"}, match code_*.',
        "Mapping and settings: removed cours.paru.keyword: ignore_above 256, type keyword.",
        f"Mapping and settings: changed {LEVEL}: type text → keyword.",
        "Mapping and settings: removed index.codec: best_compression.",
        "Mapping and settings: changed index.max_result_window: 50000 → 20000.",
    )
    mapping, settings = made_of(admin, run.plan().target)
    predictions = mapping["properties"]["predictions"]["properties"]
    assert mapping["properties"]["cours"]["properties"]["paru"] == {"type": "text"}
    assert predictions["predicted_level"]["type"] == "keyword"
    assert "keyword" in predictions["predicted_level"]["fields"]
    assert settings["index.max_result_window"] == "20000"
    assert "index.codec" not in settings
    again = new_run("run-2", change=CHANGE)
    again.run_all()
    assert told(again.left("check_cluster")).notes == ()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"mappings": {"properties": {"predictions": {"type": "flattened"}}}}, f"naming it: {CATEGORY}"),
        (
            {"mappings": {"properties": {"cours": {"properties": {"titre": {"fields": None}}}}}},
            "cours.titre.keyword",
        ),
        ({"mappings": {"dynamic_templates": []}}, "dynamic_templates.codes"),
        ({"mappings": {"runtime": {"longueur": None}}}, "longueur"),
        ({"settings": {"index.max_result_window": None}}, "index.max_result_window"),
        ({"removed": ["cours"]}, "dynamic mapping would make it again"),
    ],
    ids=["object", "multi-field", "template", "runtime", "setting", "comes back"],
)
def test_what_goes_without_its_name_is_refused_before_anything_changes(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str, change: dict[str, Any], says: str
):
    serve(elasticsearch.admin, served, count=1)
    before = made_of(elasticsearch.admin, served)
    run = new_run("run-1", change=change)
    run.step("release_stale")
    with pytest.raises(MappingFileError, match=r"change\.json removes") as refused:
        run.step("check_cluster")
    assert says in str(refused.value)
    assert made_of(elasticsearch.admin, served) == before
    assert list(elasticsearch.admin.indices.get(index=f"{served}-0*")) == []


def test_a_file_that_changes_between_the_steps_is_noticed(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    serve(elasticsearch.admin, served, count=2)
    run = new_run("run-1", change={"settings": {"max_result_window": 20_000}})
    run.run_all(until="snapshot_before")
    new_run("run-1", change={"settings": {"max_result_window": 30_000}})
    with pytest.raises(MappingFileError, match="does not say any more what the plan of this run shows"):
        run.step("create_index")
    assert not elasticsearch.admin.indices.exists(index=run.plan().target)


def test_a_change_that_the_server_refuses_is_said_in_one_line(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    serve(elasticsearch.admin, served, count=2)
    run = new_run("run-1", change={"mappings": {"properties": {"prix": {"type": "monnaie"}}}})
    run.run_all(until="snapshot_before")
    with pytest.raises(IndexConflictError, match=r"does not make .*\[monnaie\] declared on field \[prix\]"):
        run.step("create_index")


def test_what_the_server_writes_in_another_way_is_found_before_the_copy(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    serve(elasticsearch.admin, served, count=2)
    prix = {"type": "long", "index": True}
    run = new_run("run-1", change={"mappings": {"properties": {"prix": prix}}})
    run.run_all(until="snapshot_before")
    with pytest.raises(IndexConflictError, match="prix index: true in the plan, nothing in the index"):
        run.step("create_index")
    assert not elasticsearch.admin.indices.exists(index=run.plan().target)


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
