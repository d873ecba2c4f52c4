"""A whole run whose queries are answered differently: the gate closes and names them, nothing is swapped."""

from functools import partial
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from sqlalchemy import Engine

from local.sample.courses import identity, load
from reindex.client import connect
from reindex.errors import QueriesError
from reindex.index import indices
from reindex.index.served import resolve
from reindex.settings import ReindexSettings
from report.gate_report import GateReport
from tests.elasticsearch import RunningElasticsearch
from tests.gates import GateClosed
from tests.reindex.flow import Flow
from tests.reindex.queries.tampering import (
    Tamper,
    one_document_less_in_one_facet,
    tampering,
    two_documents_swapped_in_a_sort,
)

DOCUMENTS = 300
FIRST_BY_TITLE = {7: "AAA", 8: "AAB", 9: "AAC"}


@pytest.fixture
def run(elasticsearch: RunningElasticsearch, served: str, engine: Engine, tmp_path: Path) -> Flow:
    """A run on sample courses, three of which are the first by their titles."""
    admin = elasticsearch.admin
    load(admin, served, DOCUMENTS)
    for number, title in FIRST_BY_TITLE.items():
        admin.update(index=served, id=identity(number), doc={"cours": {"titre": title}}, refresh=True)
    settings = ReindexSettings(index=served)
    return Flow(elasticsearch.cluster_for(served), settings, tmp_path, run="run-1", engine=engine)


def compared(run: Flow, tamper: Tamper) -> None:
    """Everything up to the gate, the answers of the target tampered with."""
    run.run_all(until="catch_up")
    run.connect = partial(tampering, target=run.plan().target, tamper=tamper)
    run.step("compare_documents")
    run.connect = connect


def closed(run: Flow) -> GateReport:
    """The report of the gate, which has closed."""
    with pytest.raises(GateClosed) as stop:
        run.step("check_courses_reindexed")
    return stop.value.report


@pytest.mark.parametrize(
    ("tamper", "query", "returned"),
    [
        (one_document_less_in_one_facet, "facet by level", "level, "),
        (
            two_documents_swapped_in_a_sort,
            "sort by title",
            "place 1: cours-0000007 in the source, cours-0000008",
        ),
    ],
    ids=["one document less in one facet", "two documents swapped in a sort"],
)
def test_a_mutation_closes_the_gate_and_names_the_query(
    run: Flow, elasticsearch: RunningElasticsearch, served: str, tamper: Tamper, query: str, returned: str
):
    compared(run, tamper)
    report = closed(run)
    [closing] = report.critical
    assert closing.key == "queries_alike"
    [example] = [each for each in closing.examples if each.place == query]
    assert example.value.startswith(returned)
    assert example.french_value is not None
    assert "dans la source" in example.french_value
    run.step("release")
    admin = elasticsearch.admin
    assert resolve(admin, served).index == run.plan().source
    assert [index.state for index in indices.own_indices(admin, served)] == ["validated", "failed"]


def test_without_a_mutation_no_query_differs_or_proves_nothing(run: Flow):
    run.run_all(until="check_courses_reindexed")
    facts = run.left("compare_documents")["gate"]["facts"]
    assert facts["queries"] > 10
    assert facts["queries_different"] == facts["queries_unasked"] == []


def test_a_broken_file_is_refused_before_anything_changes(
    run: Flow, elasticsearch: RunningElasticsearch, served: str, tmp_path: Path
):
    def names(admin: Elasticsearch) -> list[str]:
        return sorted(admin.indices.get(index=f"{served}*", expand_wildcards="all"))

    before = names(elasticsearch.admin)
    broken = tmp_path / "queries.yml"
    broken.write_text("queries: [{name: facet, search: {agg: {}}}]")
    run.settings = run.settings.model_copy(update={"queries": str(broken)})
    run.step("release_stale")
    with pytest.raises(QueriesError, match=r"queries\.yml: query 1 \(facet\), search\.agg: Extra inputs"):
        run.step("check_cluster")
    run.step("release")
    assert [name for name in names(elasticsearch.admin) if not name.endswith("-lock")] == before


def test_ones_own_file_is_asked(run: Flow, tmp_path: Path):
    own = tmp_path / "own.yml"
    own.write_text("queries: [{name: by url, search: {sort: url}}]")
    run.settings = run.settings.model_copy(update={"queries": str(own)})
    compared(run, two_documents_swapped_in_a_sort)
    [closing] = closed(run).critical
    assert closing.observed == "1 of 1 query differs: by url"
