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
from report.said import at_most, say

THRESHOLDS = {"max_missing_descriptions": 0.05, "max_unknown_levels": 0.05}

WORDS = {
    "documents": lambda value: say(
        "{documents:document|documents}", "{documents:document|documents}", documents=value
    )
}


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the profile of the index, one row per field of its documents.

    facts: `documents` (of the index).
    """
    return [
        critical(
            gxe.ExpectColumnMinToBeBetween,
            say("The index holds at least one document", "L’index contient au moins un document"),
            key="documents_present",
            threshold=say("at least 1 document", "au moins 1 document"),
            words={"unit": "documents"},
            column="documents",
            min_value=1,
        ),
        critical(
            ExpectFieldCountsToAddUp,
            say(
                "Every field was looked at in every document",
                "Chaque champ a été examiné dans chaque document",
            ),
            key="fields_counted",
            threshold=say(
                "present and missing are all documents", "présents et manquants font tous les documents"
            ),
            documents=count(facts, "documents"),
        ),
        critical(
            ExpectRequiredFieldsInEveryDocument,
            say(
                "Every document has its required fields, {required} among them",
                "Chaque document a ses champs obligatoires, dont {french}",
                required=" and ".join(contract.REQUIRED),
                french=" et ".join(contract.REQUIRED),
            ),
            key="required_fields",
            threshold=say("none missing", "aucun manquant"),
            required_fields=list(contract.REQUIRED),
        ),
        _few_without_description(thresholds["max_missing_descriptions"]),
        _few_unknown_levels(thresholds["max_unknown_levels"]),
    ]


def _few_without_description(limit: float) -> Expectation:
    return warning(
        ExpectFieldShareToBeAtMost,
        say(
            "Descriptions: at most {limit:percent} of the documents have none",
            "Descriptions : au plus {limit:percent} des documents n’en ont pas",
            limit=limit,
        ),
        key="missing_descriptions",
        threshold=at_most(limit),
        field=contract.DESCRIPTION,
        fault="missing",
        max_share=limit,
    )


def _few_unknown_levels(limit: float) -> Expectation:
    return warning(
        ExpectFieldShareToBeAtMost,
        say(
            "Levels: at most {limit:percent} of the documents have an unknown one",
            "Niveaux : au plus {limit:percent} des documents en ont un inconnu",
            limit=limit,
        ),
        key="unknown_levels",
        threshold=at_most(limit),
        field=contract.LEVEL,
        fault="unknown",
        max_share=limit,
    )


def field(key: Mapping[str, Any]) -> Example:
    """A field of a profile, e.g. `cours.titre: missing in 3 documents`. key: `field`, `missing`."""
    name, missing = key.get("field"), key.get("missing")
    value = say(
        "missing in {missing:document|documents}", "absent de {missing:document|documents}", missing=missing
    )
    return Example(place=name if isinstance(name, str) else "", value=value.en, french_value=value.fr)


SUITE = Suite(
    name="courses_source",
    build=build,
    thresholds=THRESHOLDS,
    limits={"max_missing_descriptions": "missing_descriptions", "max_unknown_levels": "unknown_levels"},
    facts={"documents": int},
    key=("field", "missing"),
    example=field,
    unit="fields",
    words=WORDS,
    holds=say("the index of the courses", "l’index des cours"),
    owner="Courses team",
    counts={"documents": "documents"},
)
