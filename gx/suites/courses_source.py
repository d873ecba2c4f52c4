"""What the served index must be before anybody copies it."""

from collections.abc import Mapping
from typing import Any

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation

from gx.expectations.field_counts import ExpectFieldCountsToAddUp
from gx.expectations.field_share import ExpectFieldShareToBeAtMost
from gx.expectations.required_fields import ExpectRequiredFieldsInEveryDocument
from gx.severity import critical, warning
from gx.suite import Suite, count
from reindex import contract
from report.gate_report import Example
from report.wording import at_most, of_things, percent

THRESHOLDS = {"max_missing_descriptions": 0.05, "max_unknown_levels": 0.05}

WORDS = {"documents": lambda value: of_things(value, "document")}


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the profile of the index, one row per field of its documents.

    facts: `documents` (of the index).
    """
    return [
        critical(
            gxe.ExpectColumnMinToBeBetween,
            "The index holds at least one document",
            threshold="at least 1 document",
            words={"unit": "documents"},
            column="documents",
            min_value=1,
        ),
        critical(
            ExpectFieldCountsToAddUp,
            "Every field was looked at in every document",
            threshold="present and missing are all documents",
            documents=count(facts, "documents"),
        ),
        critical(
            ExpectRequiredFieldsInEveryDocument,
            f"Every document has its required fields, {' and '.join(contract.REQUIRED)} among them",
            threshold="none missing",
            required_fields=list(contract.REQUIRED),
        ),
        _few_without_description(thresholds["max_missing_descriptions"]),
        _few_unknown_levels(thresholds["max_unknown_levels"]),
    ]


def _few_without_description(limit: float) -> Expectation:
    return warning(
        ExpectFieldShareToBeAtMost,
        f"Descriptions: at most {percent(limit)} of the documents have none",
        threshold=at_most(limit),
        field=contract.DESCRIPTION,
        fault="missing",
        max_share=limit,
    )


def _few_unknown_levels(limit: float) -> Expectation:
    return warning(
        ExpectFieldShareToBeAtMost,
        f"Levels: at most {percent(limit)} of the documents have an unknown one",
        threshold=at_most(limit),
        field=contract.LEVEL,
        fault="unknown",
        max_share=limit,
    )


def field(key: Mapping[str, Any]) -> Example:
    """A field of a profile, e.g. `cours.titre: missing in 3 documents`. key: `field`, `missing`."""
    name = key.get("field")
    return Example(
        place=name if isinstance(name, str) else "", value=f"missing in {key.get('missing')} documents"
    )


SUITE = Suite(
    name="courses_source",
    build=build,
    thresholds=THRESHOLDS,
    facts={"documents": int},
    key=("field", "missing"),
    example=field,
    unit="fields",
    words=WORDS,
)
