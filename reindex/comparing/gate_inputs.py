"""What the gates look at: frames made from the cluster, as Parquet in the folder of the run."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pipeline.handover import GateInput
from reindex import contract
from reindex.client import plain_errors, whole
from reindex.comparing.as_planned import AsPlanned
from reindex.comparing.compare import Comparison
from reindex.plan import Plan
from reindex.queries.compare import Compared

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from pipeline.folder import RunFolder

PROFILE, BUCKETS = "profile", "buckets"
"""The frames by name: one of them is in the folder of every run."""
UNKNOWN_LEVEL = "unknown level"


def source_input(client: "Elasticsearch", plan: Plan, folder: "RunFolder") -> GateInput:
    """Write the profile of the source: one row per field of the documents.

    Columns: field, documents (all), present, missing, unknown (values that nobody knows; only of the level),
    required. Facts: documents.
    """
    import pandas as pd

    documents, counts = _counts(client, plan.source)
    rows = [
        {
            "field": name,
            "documents": documents,
            "present": counts[name],
            "missing": documents - counts[name],
            "unknown": counts[UNKNOWN_LEVEL] if name == contract.LEVEL else 0,
            "required": name in contract.REQUIRED,
        }
        for name in contract.fields()
    ]
    return GateInput(folder.write_frame(PROFILE, pd.DataFrame(rows)), {"documents": documents})


def reindexed_input(
    comparison: Comparison, planned: AsPlanned, queries: Compared, folder: "RunFolder"
) -> GateInput:
    """Write the comparison: one row per bucket of documents.

    Columns: bucket, source_documents, target_documents, missing, extra, changed, in_flight, documents (up to
    five that differ, such as `missing a1, changed b2`). Facts: the documents of both sides,
    mapping_differences, lost_capabilities (of each: field, was, now), and what came of the queries.
    """
    import pandas as pd

    rows = [asdict(bucket) for bucket in comparison.buckets]
    for row in rows:
        row["documents"] = ", ".join(row.pop("examples"))
    facts = {
        "source_documents": comparison.source_documents,
        "target_documents": comparison.target_documents,
        "mapping_differences": list(planned.differences),
        "lost_capabilities": [asdict(loss) for loss in planned.losses],
        **queries.facts,
    }
    return GateInput(folder.write_frame(BUCKETS, pd.DataFrame(rows).astype({"documents": "str"})), facts)


def _counts(client: "Elasticsearch", index: str) -> tuple[int, dict[str, int]]:
    """All documents, and how many have each field; under `UNKNOWN_LEVEL`, how many have another level."""
    known = {"terms": {contract.LEVEL: list(contract.LEVELS)}}
    filters: dict[str, Any] = {name: {"exists": {"field": name}} for name in contract.fields()}
    filters[UNKNOWN_LEVEL] = {"bool": {"filter": [filters[contract.LEVEL]], "must_not": [known]}}
    with plain_errors(f"index {index}"):
        client.indices.refresh(index=index)
        answer = whole(
            client.search(
                index=index,
                size=0,
                track_total_hits=True,
                runtime_mappings=_from_source(client, index),
                aggs={"fields": {"filters": {"filters": filters}}},
            )
        )
    buckets = answer["aggregations"]["fields"]["buckets"]
    counts = {name: int(bucket["doc_count"]) for name, bucket in buckets.items()}
    return int(answer["hits"]["total"]["value"]), counts


def _from_source(client: "Elasticsearch", index: str) -> dict[str, Mapping[str, str]]:
    """Runtime fields for what the index cannot be asked for: they read the documents themselves.

    A served index may have any mapping; the level has to be a keyword to be compared.
    """
    found = client.field_caps(index=index, fields=list(contract.fields()))["fields"]
    searchable = {name for name, types in found.items() if all(caps["searchable"] for caps in types.values())}
    if "keyword" not in found.get(contract.LEVEL, {}):
        searchable.discard(contract.LEVEL)
    return {name: {"type": "keyword"} for name in contract.fields() if name not in searchable}
