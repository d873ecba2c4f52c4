"""The frames that the gates look at."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from elasticsearch import Elasticsearch

from gx.suites import load
from pipeline.folder import RunFolder
from reindex.comparing.as_planned import AsPlanned
from reindex.comparing.capabilities import Loss
from reindex.comparing.compare import Bucket, Comparison
from reindex.comparing.gate_inputs import reindexed_input, source_input
from reindex.contract import fields, mapping
from reindex.queries.compare import Compared, Slower
from tests.gx.frames import buckets, profile
from tests.reindex.before_copy import begun

ASKED = Compared(queries=3, slower=(Slower("facet", 100, 300),))

COMPLETE = {
    "url": "https://x.fr/1",
    "cours": {
        "titre": "Débuter avec Python",
        "description": "Les bases.",
        "lien": "https://x.fr/1/lecon",
        "contenus": {"paragraphs": ["Une variable", "Une boucle"]},
        "niveau": "Débutant",
        "duree": "6 heures",
        "categories": ["Informatique"],
    },
    "predictions": {"predicted_category": "Informatique", "predicted_level": "Débutant"},
}


def without(path: str) -> dict[str, Any]:
    """The complete document without one field."""
    outer, _, inner = path.rpartition(".")
    if not outer:
        return {key: value for key, value in COMPLETE.items() if key != path}
    part = COMPLETE[outer]
    assert isinstance(part, dict)
    return {**COMPLETE, outer: {key: value for key, value in part.items() if key != inner}}


def of_level(level: object) -> dict[str, Any]:
    cours = COMPLETE["cours"]
    assert isinstance(cours, dict)
    return {**COMPLETE, "cours": {**cours, "niveau": level}}


MAPPINGS: dict[str, dict[str, Any]] = {
    "of the file": mapping(),
    "guessed by the server": {},
    "that indexes nothing": {"dynamic": False},
    "with a level of text": {"properties": {"cours": {"properties": {"niveau": {"type": "text"}}}}},
}


@pytest.mark.parametrize("mappings", MAPPINGS.values(), ids=MAPPINGS)
def test_the_profile_counts_each_field_whatever_the_mapping(
    client: Elasticsearch, served: str, tmp_path: Path, mappings: dict[str, Any]
):
    documents = [
        COMPLETE,
        COMPLETE,
        without("url"),
        without("cours.description"),
        without("cours.description"),
        without("cours.niveau"),
        of_level("Expert"),
        of_level("débutant"),
    ]
    ready = begun(
        client,
        served,
        [{"_id": str(n), "_source": source} for n, source in enumerate(documents)],
        mappings=mappings,
    )
    gate = source_input(client, ready.plan, RunFolder(str(tmp_path / "run")))
    assert gate.facts == {"documents": len(documents)}
    frame = pd.read_parquet(gate.batch).set_index("field")
    assert list(frame.index) == list(fields())
    assert set(frame["documents"]) == {8}
    assert dict(frame["missing"][frame["missing"] > 0]) == {
        "url": 1,
        "cours.description": 2,
        "cours.niveau": 1,
    }
    assert (frame["present"] + frame["missing"] == 8).all()
    assert dict(frame["unknown"][frame["unknown"] > 0]) == {"cours.niveau": 2}
    assert list(frame.index[frame["required"]]) == ["url", "cours.titre"]


def test_an_index_without_documents_has_a_profile(client: Elasticsearch, served: str, tmp_path: Path):
    gate = source_input(client, begun(client, served, []).plan, RunFolder(str(tmp_path)))
    assert gate.facts == {"documents": 0}
    assert set(pd.read_parquet(gate.batch)["documents"]) == {0}


def test_the_comparison_is_one_row_per_bucket(tmp_path: Path):
    comparison = Comparison(
        (Bucket(0, 50, 50), Bucket(1, 50, 49, missing=1, changed=1, examples=("missing a1", "changed b2")))
    )
    difference = "cours.niveau type: keyword in the plan, text in the index"
    planned = AsPlanned((difference,), (Loss("cours.titre.keyword", "keyword, searchable", ""),))
    gate = reindexed_input(comparison, planned, ASKED, RunFolder(str(tmp_path)))
    assert gate.facts == {
        "source_documents": 100,
        "target_documents": 99,
        "mapping_differences": [difference],
        **ASKED.facts,
        "lost_capabilities": [{"field": "cours.titre.keyword", "was": "keyword, searchable", "now": ""}],
    }
    frame = pd.read_parquet(gate.batch)
    assert list(frame["documents"]) == ["", "missing a1, changed b2"]
    assert list(frame["bucket"]) == [0, 1]


def test_frames_and_facts_are_those_that_the_gates_are_tested_with(
    client: Elasticsearch, served: str, tmp_path: Path
):
    folder = RunFolder(str(tmp_path))
    made = source_input(client, begun(client, served, []).plan, folder)
    assert set(made.facts) == set(load("courses_source").facts)
    assert set(pd.read_parquet(made.batch).columns) == set(profile().columns)
    made = reindexed_input(Comparison((Bucket(0, 1, 1),)), AsPlanned(), ASKED, folder)
    assert set(made.facts) == set(load("courses_reindexed").facts)
    frame = pd.read_parquet(made.batch)
    assert dict(frame.dtypes) == dict(buckets().dtypes[frame.columns])
    assert set(frame.columns) == set(buckets().columns)


def test_frames_of_one_run_do_not_lie_half_written_beside_each_other(tmp_path: Path):
    for documents in (1, 2):
        compared = Comparison((Bucket(0, documents, documents),))
        reindexed_input(compared, AsPlanned(), ASKED, RunFolder(str(tmp_path)))
    assert [path.name for path in tmp_path.iterdir()] == ["buckets.parquet"]
    assert list(pd.read_parquet(tmp_path / "buckets.parquet")["source_documents"]) == [2]
