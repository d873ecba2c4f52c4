"""Literal gate reports."""

from report.gate_report import Example, GateReport, Outcome

RUN = "manual__2026-11-24T08:00:00+00:00"

RATIO = Outcome(
    expectation="expect_column_values_to_be_in_set",
    description="At least 80 % of the rows are valid",
    column="status",
    severity="critical",
    success=False,
    observed="70.0 % (700 of 1,000 rows)",
    threshold="at least 80 %",
    unexpected_count=300,
    element_count=1000,
    examples=(
        Example("users.xlsx, Feuil1, row 17", "z…@x.fr (missing_name)"),
        Example("users.xlsx, <b>Feuil2</b>, row 18", "<script>alert(1)</script>"),
    ),
    reason="700 of 1,000 rows are valid, 800 are needed",
)
UNKNOWN_VALUES = Outcome(
    expectation="expect_column_values_to_be_null",
    description="Few optional values are unknown",
    column=None,
    severity="warning",
    success=False,
    observed="9 %",
    threshold="at most 5 %",
)
EMAIL_UNIQUE = Outcome(
    expectation="expect_column_values_to_be_unique",
    description="The email is unique",
    column="email",
    severity="critical",
    success=True,
    observed="no duplicate",
    threshold="no duplicate",
)
DIFFERING_QUERY = Outcome(
    expectation="expect_no_query_to_be",
    description="Every query of the platform returns what it returned before",
    column=None,
    severity="critical",
    success=False,
    observed="1 of 14 queries differs: facet by level",
    threshold="no differing query",
    examples=(
        Example(
            "facet by level",
            "level, Débutant: 67 in the source, 66 in the target",
            french_value="level, Débutant : 67 dans la source, 66 dans la cible",
        ),
    ),
)
LOSS = Outcome(
    expectation="expect_document_loss_to_be_below",
    description="Document loss: less than 1 % of the source is missing in the target",
    column=None,
    severity="critical",
    success=False,
    observed="source 200, target 196, loss 2 %, allowed 1 %",
    threshold="below 1 %",
    unexpected_count=4,
    element_count=256,
    examples=(Example("bucket 17", "missing a1, missing b2"), Example("bucket 40", "missing c3")),
)


def report(
    *outcomes: Outcome, gate: str = "users_ready", doubts: tuple[str, ...] = (), unit: str = "rows"
) -> GateReport:
    """The report of a gate on 1,000 rows; it passed when no outcome closes it and there is no doubt."""
    return GateReport(
        gate=gate,
        run=RUN,
        run_name="manual__2026-11-24T08-00-00-00-00-0800b8f2f008",
        passed=not doubts and not any(outcome.closes for outcome in outcomes),
        severity="critical" if any(outcome.closes for outcome in outcomes) else None,
        outcomes=outcomes,
        rows=1000,
        parameters={"min_valid_ratio": 0.8},
        seconds=1.5,
        page=f"validations/{gate}/page.html",
        result_file=f"results/{gate}.json",
        started_at="2026-11-24T08:00:05+00:00",
        doubts=doubts,
        unit=unit,
    )
