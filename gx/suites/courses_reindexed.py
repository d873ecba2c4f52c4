"""What the new index must be, against the one that is served, before anybody swaps them."""

from collections.abc import Mapping
from typing import Any

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation

from gx.expectations.bucket_counts import ExpectBucketsToAddUp
from gx.expectations.differing_documents import ExpectNoDocumentToDiffer
from gx.expectations.document_loss import ExpectDocumentLossToBeBelow
from gx.expectations.kept_capabilities import ExpectCapabilitiesToBeKept
from gx.expectations.mapping_of_plan import ExpectMappingToEqualPlan
from gx.expectations.queries import ExpectNoQueryToBe
from gx.severity import critical, warning
from gx.suite import Suite, count, records, texts
from report.gate_report import Example
from report.said import say

THRESHOLDS = {"max_document_loss": 0.01}

APPROVABLE_DOCUMENT_LOSS = 0.05
"""With a greater loss no person may let the run pass."""

WORDS = {
    "documents": lambda value: say(
        "{documents:document|documents}", "{documents:document|documents}", documents=value
    )
}


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the comparison of both indices, one row per bucket of documents.

    facts: `source_documents`, `target_documents`, `mapping_differences` (where mapping or settings of the
    target are not what the plan says), `lost_capabilities` (of each: `field`, `was`, `now`), and what came of
    the `queries`: those that are `queries_different`, `queries_unasked`, `queries_slower`.
    """
    return [
        critical(
            gxe.ExpectColumnSumToBeBetween,
            say("The source holds at least one document", "La source contient au moins un document"),
            key="documents_present",
            threshold=say("at least 1 document", "au moins 1 document"),
            words={"unit": "documents"},
            column="source_documents",
            min_value=1,
        ),
        _every_document_was_compared(facts),
        _little_loss(thresholds["max_document_loss"]),
        *_documents_alike(),
        *_made_as_planned(facts),
        *_queries(facts),
    ]


def _every_document_was_compared(facts: Mapping[str, object]) -> Expectation:
    source, target = count(facts, "source_documents"), count(facts, "target_documents")
    return critical(
        ExpectBucketsToAddUp,
        say("Every document of both sides was compared", "Chaque document des deux côtés a été comparé"),
        key="documents_compared",
        threshold=say(
            "source {source:number}, target {target:number}, and every difference explained",
            "source {source:number}, cible {target:number}, et chaque différence expliquée",
            source=source,
            target=target,
        ),
        source_documents=source,
        target_documents=target,
    )


def _little_loss(limit: float) -> Expectation:
    return critical(
        ExpectDocumentLossToBeBelow,
        say(
            "Document loss: less than {limit:percent} of the source is missing in the target",
            "Perte de documents : moins de {limit:percent} de la source manque dans la cible",
            limit=limit,
        ),
        key="document_loss",
        threshold=say("below {limit:percent}", "moins de {limit:percent}", limit=limit),
        max_loss=limit,
        approvable_up_to=APPROVABLE_DOCUMENT_LOSS,
    )


def _documents_alike() -> list[Expectation]:
    return [
        critical(
            ExpectNoDocumentToDiffer,
            say("No document has changed on its way", "Aucun document n’a changé en route"),
            key="changed_documents",
            threshold=say("no changed document", "aucun document modifié"),
            difference="changed",
        ),
        critical(
            ExpectNoDocumentToDiffer,
            say("No document is in the target alone", "Aucun document n’est dans la cible seule"),
            key="extra_documents",
            threshold=say("no extra document", "aucun document en trop"),
            difference="extra",
        ),
        warning(
            ExpectNoDocumentToDiffer,
            say(
                "No document is missing, not even within the allowed loss",
                "Aucun document ne manque, même dans la limite de la perte admise",
            ),
            key="missing_documents",
            threshold=say("no missing document", "aucun document manquant"),
            difference="missing",
        ),
    ]


def _made_as_planned(facts: Mapping[str, object]) -> list[Expectation]:
    return [
        critical(
            ExpectCapabilitiesToBeKept,
            say(
                "Every field of the source can be searched and aggregated in the target as before",
                "Chaque champ de la source se cherche et s’agrège dans la cible comme avant",
            ),
            key="capabilities_kept",
            threshold=say("no lost capability", "aucune capacité perdue"),
            losses=records(facts, "lost_capabilities"),
        ),
        critical(
            ExpectMappingToEqualPlan,
            say(
                "Mapping and settings of the target are what the plan says",
                "Le mapping et les réglages de la cible sont ceux du plan",
            ),
            # Of the time when a file said what every target is: the history knows the check by it.
            key="mapping_of_file",
            threshold=say("no difference", "aucune différence"),
            differences=texts(facts, "mapping_differences"),
        ),
    ]


def _queries(facts: Mapping[str, object]) -> list[Expectation]:
    queries = count(facts, "queries")
    return [
        critical(
            ExpectNoQueryToBe,
            say(
                "Every query of the platform returns what it returned before",
                "Chaque requête de la plateforme renvoie ce qu’elle renvoyait avant",
            ),
            key="queries_alike",
            threshold=say("no differing query", "aucune requête qui diffère"),
            fault="different",
            queries=queries,
            found=records(facts, "queries_different"),
        ),
        warning(
            ExpectNoQueryToBe,
            say(
                "Every query of the platform proves something: the source answers it, and finds something",
                "Chaque requête de la plateforme prouve quelque chose : la source y répond, et trouve",
            ),
            key="queries_asked",
            threshold=say("every query", "chaque requête"),
            fault="unasked",
            queries=queries,
            found=records(facts, "queries_unasked"),
        ),
        warning(
            ExpectNoQueryToBe,
            say(
                "No query of the platform takes over twice its time",
                "Aucune requête de la plateforme ne prend plus du double de son temps",
            ),
            key="queries_as_fast",
            threshold=say("at most twice the time", "au plus le double du temps"),
            fault="slower",
            queries=queries,
            found=records(facts, "queries_slower"),
        ),
    ]


def bucket(key: Mapping[str, Any]) -> Example:
    """A bucket of a comparison, e.g. `bucket 17: missing a1, changed b2`.

    key: `bucket`, and `documents`: what is wrong with which documents, by their ids.
    """
    documents = key.get("documents")
    return Example(
        place=f"bucket {key.get('bucket')}",
        value=documents if isinstance(documents, str) else "",
        french=f"groupe {key.get('bucket')}",
    )


SUITE = Suite(
    name="courses_reindexed",
    build=build,
    thresholds=THRESHOLDS,
    limits={"max_document_loss": "document_loss"},
    facts={
        "source_documents": int,
        "target_documents": int,
        "mapping_differences": list,
        "queries": int,
        "queries_different": list,
        "queries_unasked": list,
        "queries_slower": list,
        "lost_capabilities": list,
    },
    key=("bucket", "documents"),
    example=bucket,
    unit="buckets",
    words=WORDS,
    holds=say("the index of the courses", "l’index des cours"),
    owner="Courses team",
    counts={"source": "source_documents", "target": "target_documents"},
)
