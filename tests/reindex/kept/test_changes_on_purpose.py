"""What REINDEX_MAPPING changes is shown, and made; what it must not change is refused."""

from typing import Any

import pytest

from pipeline.handover import told
from reindex.errors import IndexConflictError, MappingFileError
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.kept.runs import NewRun, made_of
from tests.reindex.platform import CATEGORY, LEVEL, serve

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
