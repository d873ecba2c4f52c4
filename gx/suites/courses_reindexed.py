"""What the new index must be, against the one that is served, before anybody swaps them."""

from collections.abc import Mapping
from typing import Literal

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from gx import examples
from gx.expectations.bucket_counts import ExpectBucketsToAddUp
from gx.expectations.differing_documents import ExpectNoDocumentToDiffer
from gx.expectations.document_loss import ExpectDocumentLossToBeBelow
from gx.expectations.mapping_of_file import ExpectMappingToEqualFile
from gx.suites import Suite, count, texts
from gx.wording import percent

THRESHOLDS = {"max_document_loss": 0.01}

CRITICAL, WARNING = FailureSeverity.CRITICAL, FailureSeverity.WARNING


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the comparison of both indices, one row per bucket of documents.

    facts: `source_documents`, `target_documents`, and `mapping_differences` (what differs from the file).
    """
    return [
        gxe.ExpectColumnSumToBeBetween(
            column="source_documents",
            min_value=1,
            description="The source holds at least one document",
            severity=CRITICAL,
            meta={"threshold": "at least 1 document", "unit": "documents"},
        ),
        _every_document_was_compared(facts),
        _little_loss(thresholds["max_document_loss"]),
        _none("changed", "No document has changed on its way", CRITICAL),
        _none("extra", "No document is in the target alone", CRITICAL),
        _none("missing", "No document is missing, not even within the allowed loss", WARNING),
        ExpectMappingToEqualFile(
            differences=texts(facts, "mapping_differences"),
            description="The mapping of the target is that of the file",
            severity=CRITICAL,
            meta={"threshold": "no difference"},
        ),
    ]


def _every_document_was_compared(facts: Mapping[str, object]) -> Expectation:
    source, target = count(facts, "source_documents"), count(facts, "target_documents")
    return ExpectBucketsToAddUp(
        source_documents=source,
        target_documents=target,
        description="Every document of both sides was compared",
        severity=CRITICAL,
        meta={"threshold": f"source {source:,}, target {target:,}, and every difference explained"},
    )


def _little_loss(limit: float) -> Expectation:
    return ExpectDocumentLossToBeBelow(
        max_loss=limit,
        description=f"Document loss: less than {percent(limit)} of the source is missing in the target",
        severity=CRITICAL,
        meta={"threshold": f"below {percent(limit)}"},
    )


def _none(
    difference: Literal["missing", "extra", "changed"], description: str, severity: FailureSeverity
) -> Expectation:
    return ExpectNoDocumentToDiffer(
        difference=difference,
        description=description,
        severity=severity,
        meta={"threshold": f"no document {difference}"},
    )


SUITE = Suite(
    build=build,
    thresholds=THRESHOLDS,
    facts={"source_documents": int, "target_documents": int, "mapping_differences": list},
    key=("bucket", "documents"),
    example=examples.bucket,
    unit="buckets",
)
