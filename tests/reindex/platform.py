"""An index as a platform has one: made by dynamic mapping, with settings that somebody has chosen."""

from collections.abc import Mapping
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

CATEGORY, LEVEL = "predictions.predicted_category", "predictions.predicted_level"
CATEGORIES = ("Gestion", "Informatique")
WINDOW = 50_000

SETTINGS: dict[str, Any] = {
    "number_of_shards": 1,
    "number_of_replicas": 0,
    "max_result_window": WINDOW,
    "mapping": {"total_fields": {"limit": 2000}, "coerce": False},
    "codec": "best_compression",
    "refresh_interval": "5s",
    "analysis": {
        "filter": {"sans_accents": {"type": "asciifolding", "preserve_original": True}},
        "analyzer": {"titres": {"type": "custom", "tokenizer": "standard", "filter": ["sans_accents"]}},
    },
}
MAPPINGS: dict[str, Any] = {
    "dynamic_templates": [{"codes": {"match": "code_*", "mapping": {"type": "keyword"}}}],
    "date_detection": False,
    "runtime": {"longueur": {"type": "long", "script": {"source": "emit(1)"}}},
    "properties": {
        "sous_titre": {"type": "text", "analyzer": "titres"},
        "titre_alias": {"type": "alias", "path": "sous_titre"},
    },
    "_meta": {"team": "search", "owner": "platform"},
}


def courses(count: int) -> list[dict[str, Any]]:
    """So many courses, half of each category."""
    return [
        {
            "_id": f"c{n}",
            "_source": {
                "url": f"https://x.fr/{n}",
                "cours": {"titre": f"Débuter {n}", "code_interne": f"K{n}", "paru": "2026-11-26"},
                "predictions": {
                    "predicted_category": CATEGORIES[n % 2],
                    "predicted_level": "Débutant" if n % 4 else "Avancé",
                },
            },
        }
        for n in range(count)
    ]


def serve(
    admin: Elasticsearch,
    served: str,
    *,
    count: int = 40,
    mappings: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Make the served name an index of its own, as the platform has made it."""
    admin.indices.create(
        index=served, mappings={**MAPPINGS, **(mappings or {})}, settings={**SETTINGS, **(settings or {})}
    )
    bulk(admin, ({"_index": served, **course} for course in courses(count)), refresh=True)


def facet(client: Elasticsearch, index: str) -> list[tuple[str, int]]:
    """The platform's facet by category."""
    aggs = {"categories": {"terms": {"field": f"{CATEGORY}.keyword"}}}
    found = client.search(index=index, size=0, aggs=aggs)["aggregations"]["categories"]["buckets"]
    return [(bucket["key"], bucket["doc_count"]) for bucket in found]
