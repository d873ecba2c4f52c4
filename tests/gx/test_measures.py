"""What a check measured, as a number against its limits."""

import json
from decimal import Decimal

import numpy as np
import pytest

from gx.measures import ROWS_OF_A_QUERY, measure_of
from report.gate_report import GateReport, Measure
from tests.gx.frames import ALI, ZOE, buckets, profile, source, verdicts

ROWS = {"element_count": 10, "missing_count": 2, "unexpected_count": 2}
LIMITS = {"least": 0.9}


@pytest.mark.parametrize(
    ("options", "detail", "meta", "measure"),
    [
        ({"mostly": 0.5}, ROWS, {"label": "good"}, Measure(0.75, low=0.5)),
        ({"mostly": {"$PARAMETER": "least"}}, ROWS, {"label": "good"}, Measure(0.75, low=0.9)),
        ({"mostly": 0.7}, ROWS, {"fault": "bad"}, Measure(0.25, high=0.3)),
        ({}, ROWS, {}, Measure(0.25, high=0)),
        ({"mostly": 0.7}, {"element_count": 2, "missing_count": 2}, {"fault": "bad"}, None),
        ({"min_value": 1}, {"observed_value": 7}, {"unit": "rows"}, Measure(7, low=1, unit="number")),
        ({"value": 7}, {"observed_value": 6}, {"unit": "rows"}, Measure(6, 7, 7, unit="number")),
        (
            {"min_value": 5, "max_value": 15, "strict_max": True},
            {"observed_value": np.int64(6)},
            {},
            Measure(6, 5, 15, unit="number", strict=True),
        ),
        (
            {"max_value": 36.0},
            {"observed_value": 7.5},
            {"unit": "hours"},
            Measure(7.5, high=36, unit="hours"),
        ),
        ({"max_value": 0.5}, {"observed_value": Decimal("0.2")}, {"unit": "share"}, Measure(0.2, high=0.5)),
        (
            {"min_value": 0.95},
            {"observed_value": 0.9},
            {"unit": "repeats", "complement": True},
            Measure(0.1, high=0.05),
        ),
        ({}, {"observed_value": True}, {"unit": "presence"}, None),
        ({}, {"observed_value": ["a"]}, {}, None),
        ({"min_value": 1}, {"observed_value": float("nan")}, {}, None),
        ({"min_value": 1}, {"observed_value": None}, {}, None),
        ({"min_value": 1}, {}, {}, None),
        ({}, {"observed_value": 3}, {}, None),
    ],
)
def test_a_measure_comes_from_what_was_observed(options, detail, meta, measure):
    assert measure_of("expect_something", options, detail, meta, LIMITS) == measure


def test_rows_that_a_query_finds_are_counted_against_none():
    found = measure_of(ROWS_OF_A_QUERY, {}, {"observed_value": 3}, {"unit": "missing users"}, {})
    assert found == Measure(3, high=0, unit="number")


@pytest.mark.parametrize(
    ("suite", "frame", "measures"),
    [
        (
            "users_source",
            source(ZOE, ALI, ALI, age_hours=4),
            {
                "full_name_column": None,
                "rows_present": Measure(3, low=1, unit="number"),
                "repeated_emails": Measure(pytest.approx(1 / 3), high=0.05),
                "known_columns": Measure(0, high=0, unit="number"),
                "workbook_age": Measure(4, high=36, unit="hours"),
            },
        ),
        (
            "users_ready",
            verdicts(ZOE, ALI, {"status": "rejected", "warnings": "unknown_gender"}),
            {
                "no_row_lost": Measure(3, 3, 3, unit="number"),
                "valid_ratio": Measure(pytest.approx(2 / 3), low=0.8),
                "email_unique": Measure(0, high=0),
                "unknown_values": Measure(pytest.approx(1 / 3), high=0.05),
            },
        ),
        (
            "courses_source",
            profile(url={"missing": 3}, description={"missing": 20}),
            {
                "documents_present": Measure(200, low=1, unit="number"),
                "fields_counted": Measure(0, high=0, unit="number"),
                "required_fields": Measure(1, high=0, unit="number"),
                "missing_descriptions": Measure(0.1, high=0.05),
                "unknown_levels": Measure(0, high=0.05),
            },
        ),
        (
            "courses_reindexed",
            buckets({"missing": 1, "changed": 2}),
            {
                "documents_present": Measure(200, low=1, unit="number"),
                "document_loss": Measure(0.005, high=0.01, strict=True),
                "changed_documents": Measure(2, high=0, unit="number"),
                "missing_documents": Measure(1, high=0, unit="number"),
                "mapping_of_file": Measure(0, high=0, unit="number"),
                "capabilities_kept": Measure(0, high=0, unit="number"),
            },
        ),
    ],
    ids=["users_source", "users_ready", "courses_source", "courses_reindexed"],
)
def test_checks_measure(gate, suite, frame, measures):
    report = gate(suite, frame)
    found = {each.key: each.measure for each in report.outcomes}
    assert {key: found[key] for key in measures} == measures
    assert GateReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_what_could_not_be_observed_has_no_measure(gate):
    report = gate("users_ready", verdicts({"status": "rejected"}))
    found = {each.key: each.measure for each in report.outcomes}
    assert found["email_unique"] is None
    assert found["valid_ratio"] == Measure(0, low=0.8)
