"""What the new index must be, against the one that is served, before anybody swaps them."""

from collections.abc import Mapping
from typing import Any

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation

from gx.expectations.bucket_counts import ExpectBucketsToAddUp
from gx.expectations.differing_documents import ExpectNoDocumentToDiffer
from gx.expectations.document_loss import ExpectDocumentLossToBeBelow
from gx.expectations.mapping_of_file import ExpectMappingToEqualFile
from gx.severity import critical, warning
from gx.suite import Suite, count, texts
from report.gate_report import Example
from report.wording import of_things, percent

THRESHOLDS = {"max_document_loss": 0.01}

WORDS = {"documents": lambda value: of_things(value, "document")}


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the comparison of both indices, one row per bucket of documents.

    facts: `source_documents`, `target_documents`, and `mapping_differences` (what differs from the file).
    """
    return [
        critical(
            gxe.ExpectColumnSumToBeBetween,
            "The source holds at least one document",
            threshold="at least 1 document",
            words={"unit": "documents"},
            column="source_documents",
            min_value=1,
        ),
        _every_document_was_compared(facts),
        _little_loss(thresholds["max_document_loss"]),
        critical(
            ExpectNoDocumentToDiffer,
            "No document has changed on its way",
            threshold="no changed document",
            difference="changed",
        ),
        critical(
            ExpectNoDocumentToDiffer,
            "No document is in the target alone",
            threshold="no extra document",
            difference="extra",
        ),
        warning(
            ExpectNoDocumentToDiffer,
            "No document is missing, not even within the allowed loss",
            threshold="no missing document",
            difference="missing",
        ),
        critical(
            ExpectMappingToEqualFile,
            "The mapping of the target is that of the file",
            threshold="no difference",
            differences=texts(facts, "mapping_differences"),
        ),
    ]


def _every_document_was_compared(facts: Mapping[str, object]) -> Expectation:
    source, target = count(facts, "source_documents"), count(facts, "target_documents")
    return critical(
        ExpectBucketsToAddUp,
        "Every document of both sides was compared",
        threshold=f"source {source:,}, target {target:,}, and every difference explained",
        source_documents=source,
        target_documents=target,
    )


def _little_loss(limit: float) -> Expectation:
    return critical(
        ExpectDocumentLossToBeBelow,
        f"Document loss: less than {percent(limit)} of the source is missing in the target",
        threshold=f"below {percent(limit)}",
        max_loss=limit,
    )


def bucket(key: Mapping[str, Any]) -> Example:
    """A bucket of a comparison, e.g. `bucket 17: missing a1, changed b2`.

    key: `bucket`, and `documents`: what is wrong with which documents, by their ids.
    """
    documents = key.get("documents")
    return Example(place=f"bucket {key.get('bucket')}", value=documents if isinstance(documents, str) else "")


SUITE = Suite(
    name="courses_reindexed",
    build=build,
    thresholds=THRESHOLDS,
    facts={"source_documents": int, "target_documents": int, "mapping_differences": list},
    key=("bucket", "documents"),
    example=bucket,
    unit="buckets",
    words=WORDS,
)
