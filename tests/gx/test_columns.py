"""Which columns an expectation reads, and that a gate takes those of its batch, whichever they are."""

import great_expectations.expectations.core as gxe
import pandas as pd
import pytest
from great_expectations.expectations.row_conditions import Column, PassThroughCondition

from gx.columns import columns_of, columns_of_all
from gx.expectations.field_share import ExpectFieldShareToBeAtMost
from gx.expectations.known_columns import ExpectTableColumnsToBeKnown
from gx.gate import run_gate
from gx.severity import critical, warning
from gx.suite import Suite

IN_SET = gxe.ExpectColumnValuesToBeInSet(column="a", value_set=[1])
VALID_AND_OLD = (Column("status") == "valid") & (Column("age") > 60) & Column("since").is_null()


@pytest.mark.parametrize(
    ("expectation", "read"),
    [
        (IN_SET, {"a"}),
        (gxe.ExpectColumnPairValuesToBeEqual(column_A="a", column_B="b"), {"a", "b"}),
        (gxe.ExpectCompoundColumnsToBeUnique(column_list=["a", "b"]), {"a", "b"}),
        (
            gxe.ExpectColumnValuesToNotBeNull(column="a", row_condition=VALID_AND_OLD),
            {"a", "status", "age", "since"},
        ),
        (gxe.ExpectTableRowCountToEqual(value=1), set()),
        (gxe.ExpectColumnToExist(column="a"), {"a"}),
        (gxe.ExpectColumnToExist(column="a", column_index=2), None),
        (gxe.ExpectTableColumnsToMatchOrderedList(column_list=["a", "b"]), None),
        (gxe.ExpectTableColumnCountToEqual(value=2), None),
        (
            gxe.ExpectColumnValuesToNotBeNull(
                column="a", row_condition=PassThroughCondition(pass_through_filter="b = 1")
            ),
            None,
        ),
        (gxe.UnexpectedRowsExpectation(unexpected_rows_query="SELECT a FROM {batch}"), None),
        (
            critical(
                gxe.UnexpectedRowsExpectation,
                "Few",
                threshold="none",
                reads=("a",),
                unexpected_rows_query="SELECT a FROM {batch}",
            ),
            {"a"},
        ),
        (
            ExpectFieldShareToBeAtMost(field="url", fault="missing", max_share=0.1),
            {"field", "documents", "missing"},
        ),
        (ExpectTableColumnsToBeKnown(known_columns=["a"]), None),
    ],
)
def test_an_expectation_says_which_columns_it_reads(expectation, read):
    assert columns_of(expectation) == read


def test_one_that_may_read_any_column_has_the_whole_batch_read():
    assert columns_of_all([IN_SET, gxe.ExpectColumnValuesToNotBeNull(column="b")]) == {"a", "b"}
    assert columns_of_all([IN_SET, gxe.ExpectTableColumnCountToEqual(value=2)]) is None
    assert columns_of_all([]) == frozenset()


ORDERS = pd.DataFrame({"id": [1, 2, 3], "amount": [5.0, None, 7.0], "note": ["a", "b", None]})


def suite(*expectations, **options):
    return Suite(name="orders", build=lambda *_: list(expectations), key=("id",), **options)


def null_warning(column, **options):
    return warning(
        gxe.ExpectColumnValuesToNotBeNull, f"A {column}", threshold="each", column=column, **options
    )


@pytest.mark.parametrize("column", ["amount", "note"])
def test_a_warning_on_any_column_is_a_warning(settings, column):
    report = run_gate(suite(null_warning(column)), ORDERS, run="r", settings=settings, history=None)
    assert (report.passed, report.severity) == (True, "warning")
    [outcome] = report.failed
    assert outcome.observed == "1 of 3 rows fail"
    assert [example.text for example in outcome.examples] == ["id 2" if column == "amount" else "id 3"]


@pytest.mark.parametrize(
    "expectation",
    [
        null_warning("gone"),
        null_warning("id", row_condition=Column("gone") == 1),
        warning(
            gxe.ExpectColumnPairValuesToBeEqual, "Same", threshold="same", column_A="id", column_B="gone"
        ),
    ],
    ids=["column", "condition", "pair"],
)
def test_only_what_reads_a_column_that_is_not_there_has_a_problem_and_names_it(settings, expectation):
    other = null_warning("id")
    report = run_gate(suite(expectation, other), ORDERS, run="r", settings=settings, history=None)
    assert not report.passed
    assert [outcome.problem for outcome in report.outcomes] == ['the batch has no column "gone"', None]


def test_whether_a_column_exists_is_a_question_not_a_problem(settings):
    there, gone = (
        warning(
            gxe.ExpectColumnToExist,
            f"There is {column}",
            threshold="present",
            words={"unit": "presence"},
            column=column,
        )
        for column in ("note", "gone")
    )
    report = run_gate(suite(there, gone), ORDERS, run="r", settings=settings, history=None)
    assert report.passed
    assert [outcome.observed for outcome in report.outcomes] == ["present", "absent"]


def test_rows_are_counted_where_no_column_is_read(settings, tmp_path):
    file = tmp_path / "orders.parquet"
    ORDERS.to_parquet(file)
    rows = critical(gxe.ExpectTableRowCountToEqual, "Three", threshold="3", value=3)
    keyless = Suite(name="orders", build=lambda *_: [rows])
    report = run_gate(keyless, str(file), run="r", settings=settings, history=None)
    assert (report.passed, report.rows) == (True, 3)
