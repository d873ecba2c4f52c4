"""Invented reports of other gates: one that looks at documents, and one of another team."""
# ruff: noqa: E501 - invented sentences are easier to compare on one line

from dataclasses import replace

from report.gate_report import Example, GateReport, Measure, Outcome
from report.said import Said, say
from tests.report.reports import check, report

COURSES = Said("the index of courses", "l’index des cours")


def courses_reindexed(
    nights_ago: int = 0, *, lost: int = 2, changed: int = 0, documents: int = 12_480
) -> GateReport:
    """The gate before the alias is swapped."""
    loss = lost / documents
    outcomes = [
        check(
            "document_loss",
            say("Document loss: less than {x:percent} of the source is missing in the target",
                "Perte de documents : moins de {x:percent} de la source manquent dans la cible", x=0.01),
            say("{x:percent} lost ({n:document|documents})", "{x:percent} perdus ({n:document|documents})", x=loss, n=lost),
            say("below {x:percent}", "moins de {x:percent}", x=0.01),
            success=loss < 0.01,
            measure=Measure(loss, high=0.01, strict=True),
        ),
        check(
            "changed_documents",
            Said("No document has changed on its way", "Aucun document n’a changé en route"),
            say("{n:changed document|changed documents}", "{n:document modifié|documents modifiés}", n=changed),
            Said("no changed document", "aucun document modifié"),
            success=changed == 0,
            measure=Measure(changed, high=0, unit="number"),
            failing=(changed, 256),
            examples=[Example("bucket 17", "changed a1b2", "compartiment 17")] if changed else (),
        ),
        check(
            "mapping",
            Said("The mapping of the target is that of the file", "Le mapping de la cible est celui du fichier"),
            Said("no difference", "aucune différence"),
            Said("no difference", "aucune différence"),
        ),
        check(
            "missing_documents",
            Said("No document is missing, not even within the allowed loss",
                 "Aucun document ne manque, même dans la perte admise"),
            say("{n:missing document|missing documents}", "{n:document manquant|documents manquants}", n=lost),
            Said("no missing document", "aucun document manquant"),
            severity="warning",
            success=lost == 0,
            measure=Measure(lost, high=0, unit="number"),
            failing=(2, 256) if lost else (0, 256),
            examples=[Example("bucket 3", "missing c-118", "compartiment 3"),
                      Example("bucket 91", "missing c-2044", "compartiment 91")] if lost else (),
        ),
    ]  # fmt: skip
    return report(
        "courses_reindexed",
        outcomes,
        nights_ago=nights_ago,
        dag="reindex_weekly",
        holds=COURSES,
        rows=256,
        unit="buckets",
        parameters={
            "max_document_loss": 0.01,
            "source_documents": documents,
            "target_documents": documents - lost,
        },
    )


def orders(nights_ago: int = 0, *, empty: int = 0) -> GateReport:
    """A gate of another team, as reports were stored before checks had keys, measures and French."""
    outcomes = (
        Outcome("expect_column_values_to_not_be_null", "Every order has a customer", "customer_id", "critical",
                success=not empty, observed=f"{empty} of 420 rows fail" if empty else "all 420 rows",
                threshold="none missing", unexpected_count=empty, element_count=420,
                examples=(Example("", "order 1007"), Example("", "order 1019")) if empty else ()),
        Outcome("expect_table_row_count_to_be_between", "There are orders", None, "warning",
                success=True, observed="420", threshold="at least 1"),
    )  # fmt: skip
    made = report("orders", outcomes, nights_ago=nights_ago, dag="orders_daily", holds=None, rows=420)
    return replace(made, dag="", task="")
