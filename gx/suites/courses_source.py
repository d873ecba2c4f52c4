"""What the served index must be before anybody copies it."""

from collections.abc import Mapping

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from gx import examples
from gx.expectations.field_counts import ExpectFieldCountsToAddUp
from gx.expectations.field_share import ExpectFieldShareToBeAtMost
from gx.expectations.required_fields import ExpectRequiredFieldsInEveryDocument
from gx.suites import Suite, count
from gx.wording import at_most, percent

THRESHOLDS = {"max_missing_descriptions": 0.05, "max_unknown_levels": 0.05}

REQUIRED_FIELDS = ("url", "cours.titre")


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the profile of the index, one row per field of its documents.

    facts: `documents` (of the index).
    """
    return [
        gxe.ExpectColumnMinToBeBetween(
            column="documents",
            min_value=1,
            description="The index holds at least one document",
            severity=FailureSeverity.CRITICAL,
            meta={"threshold": "at least 1 document", "unit": "documents"},
        ),
        ExpectFieldCountsToAddUp(
            documents=count(facts, "documents"),
            description="Every field was looked at in every document",
            severity=FailureSeverity.CRITICAL,
            meta={"threshold": "present and missing are all documents"},
        ),
        ExpectRequiredFieldsInEveryDocument(
            required_fields=list(REQUIRED_FIELDS),
            description=f"Every document has its required fields, {' and '.join(REQUIRED_FIELDS)} among them",
            severity=FailureSeverity.CRITICAL,
            meta={"threshold": "none missing"},
        ),
        _few_without_description(thresholds["max_missing_descriptions"]),
        _few_unknown_levels(thresholds["max_unknown_levels"]),
    ]


def _few_without_description(limit: float) -> Expectation:
    return ExpectFieldShareToBeAtMost(
        field="cours.description",
        fault="missing",
        max_share=limit,
        description=f"Descriptions: at most {percent(limit)} of the documents have none",
        severity=FailureSeverity.WARNING,
        meta={"threshold": at_most(limit)},
    )


def _few_unknown_levels(limit: float) -> Expectation:
    return ExpectFieldShareToBeAtMost(
        field="cours.niveau",
        fault="unknown",
        max_share=limit,
        description=f"Levels: at most {percent(limit)} of the documents have an unknown one",
        severity=FailureSeverity.WARNING,
        meta={"threshold": at_most(limit)},
    )


SUITE = Suite(
    build=build,
    thresholds=THRESHOLDS,
    facts={"documents": int},
    key=("field", "missing"),
    example=examples.field,
    unit="fields",
)
