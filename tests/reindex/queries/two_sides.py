"""A source as the platform has it and a copy of it, with whatever is to be wrong with the copy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from reindex.comparing.compare import both_sides, compare
from reindex.index import indices
from reindex.index.checkpoints import checkpoints
from reindex.plan import Plan
from reindex.queries.compare import Compared, compare_queries
from reindex.queries.file import load
from reindex.queries.search import Query

GUESSED: Mapping[str, Any] = {}
"""The mapping of an index that the server made by itself, as the platform's is."""

TITLES = (
    "Débuter avec Python",
    "Comprendre Linux",
    "Java : les fondamentaux",
    "Écrire en anglais",
    "Zoologie",
)
CATEGORIES = ("Informatique", "Langues", "Sciences")
LEVELS = ("Débutant", "Intermédiaire", "Avancé")


def course(number: int, **other: Any) -> dict[str, Any]:
    """A document of the platform. other: what is different in its `cours`, or in its `predictions`."""
    cours = {
        "titre": f"{TITLES[number % len(TITLES)]} {number:03}",
        "description": f"Les bases de {CATEGORIES[number % 3]}.",
        "contenus": {"paragraphs": [f"Leçon {number}", "Exercices avec corrigés"]},
    }
    predictions = {
        "predicted_category": CATEGORIES[number % 3],
        "predicted_level": LEVELS[number // 3 % 3],
    }
    for name, value in other.items():
        (cours if name in cours else predictions)[name] = value
    return {"_id": f"c{number:03}", "_source": {"cours": cours, "predictions": predictions}}


COURSES = [course(number) for number in range(100)]


@dataclass(frozen=True)
class TwoSides:
    """The source, and its copy. checkpoints: of the source, from when the copy had all of it."""

    client: Elasticsearch
    plan: Plan
    checkpoints: Mapping[str, int]

    def compare(self, *queries: Query) -> Compared:
        """What comes of these queries, or of all that the platform relies on, behind the full comparison."""
        with both_sides(self.client, self.plan, checkpoints=self.checkpoints) as sides:
            to_come = compare(sides).to_come
            return compare_queries(sides, self.plan, queries or load(None), left_out=to_come)


def two_sides(
    client: Elasticsearch,
    served: str,
    documents: Sequence[Mapping[str, Any]] = COURSES,
    *,
    mapping: Mapping[str, Any] = GUESSED,
    target_mapping: Mapping[str, Any] | None = None,
    target_settings: Mapping[str, Any] | None = None,
    before: Sequence[Mapping[str, Any]] = (),
    deleted: Sequence[Mapping[str, Any]] = (),
) -> TwoSides:
    """Serve these documents, and copy them; without more, both indices are made alike.

    before: documents that the target has before it has its mapping, and so is without what that adds.
    deleted: documents that the source has lost again before it was copied.
    """
    source, target = (indices.name(served, number) for number in (1, 2))
    settings = {"number_of_shards": 2, "number_of_replicas": 0}
    client.indices.create(index=source, mappings=mapping, settings=settings, aliases={served: {}})
    bulk(client, ({"_index": source, **document} for document in documents), refresh=True)
    gone = [{"delete": {"_id": document["_id"]}} for document in deleted]
    if gone:
        client.bulk(index=source, operations=gone, refresh=True)
    found = client.indices.get_mapping(index=source)[source]["mappings"]
    empty = {"dynamic": False} if before else target_mapping or found
    client.indices.create(index=target, mappings=empty, settings={**settings, **(target_settings or {})})
    if before:
        bulk(client, ({"_index": target, **document} for document in before))
        client.indices.put_mapping(index=target, **found)
    client.reindex(
        source={"index": source},
        dest={"index": target, "op_type": "create"},
        conflicts="proceed",
        refresh=True,
    )
    plan = Plan("run-1", served, source, target, concrete=False, shards=2, replicas=0, documents=0, bytes=0)
    return TwoSides(client, plan, checkpoints(client, source))


def query(name: str, values: Mapping[str, str] | None = None, **search: Any) -> Query:
    """A query as a file holds it."""
    return Query.model_validate({"name": name, "values": dict(values or {}), "search": search})
