"""What `users_ready` expects of the verdicts."""

import pytest

from etl import contract
from tests.gx.frames import ALI, ZOE, valid_users, verdicts

REJECTED = {"status": "rejected", "reasons": "missing_email"}


def test_valid_rows_pass(gate):
    report = gate("users_ready", verdicts(ZOE, ALI))
    assert report.passed
    assert report.failed == ()
    assert report.severity is None


def test_every_optional_value_of_the_contract_passes(gate):
    rows = [
        {"email": f"{field}{place}@exemple.fr", field: value}
        for field, values in contract.VALUE_SETS.items()
        for place, value in enumerate(values)
    ]
    ages = [{"email": f"a{age}@exemple.fr", "age": age} for age in (16, 100)]
    assert gate("users_ready", verdicts(*rows, *ages)).failed == ()


def test_too_few_valid_rows_close_the_gate(gate, outcome):
    rows = valid_users(7) + [{**REJECTED, "email_masked": "b…@exemple.fr"}] * 3
    report = gate("users_ready", verdicts(*rows))
    assert not report.passed
    ratio = outcome(report, "at least 80 %")
    assert (ratio.observed, ratio.threshold) == ("70 % valid (7 of 10 rows)", "at least 80 %")
    assert (ratio.unexpected_count, ratio.element_count) == (3, 10)
    assert [example.text for example in ratio.examples] == [
        f"users.xlsx, Feuil1, row {row}: b…@exemple.fr (missing_email)" for row in (9, 10, 11)
    ]


def test_exactly_the_limit_passes(gate):
    assert gate("users_ready", verdicts(*valid_users(8), REJECTED, REJECTED)).passed


def test_the_ratio_is_a_threshold(gate):
    frame = verdicts(*valid_users(7), REJECTED, REJECTED, REJECTED)
    assert gate("users_ready", frame, thresholds={"min_valid_ratio": 0.7}).passed
    assert not gate("users_ready", frame, thresholds={"min_valid_ratio": 0.71}).passed


def test_duplicates_count_as_rows_that_are_not_valid(gate, outcome):
    report = gate("users_ready", verdicts(*valid_users(3), {"status": "duplicate"}))
    assert outcome(report, "at least 80 %").observed == "75 % valid (3 of 4 rows)"


def test_replayed_rows_do_not_count_in_the_ratio(gate, outcome):
    replayed = [{**REJECTED, "replay": True}] * 5
    report = gate("users_ready", verdicts(*valid_users(4), *replayed))
    assert report.passed
    assert outcome(report, "at least 80 %").element_count == 4


def test_a_run_of_replays_only_has_no_ratio(gate):
    rows = [{**ZOE, "replay": True}, {**REJECTED, "replay": True}]
    report = gate("users_ready", verdicts(*rows), replay_only=True)
    assert report.passed
    assert not any("at least 80 %" in each.description for each in report.outcomes)


def test_a_lost_row_closes_the_gate(gate, outcome):
    report = gate("users_ready", verdicts(ZOE, ALI), source_rows=3)
    assert not report.passed
    lost = outcome(report, "No row is lost")
    assert (lost.observed, lost.threshold) == ("2 rows", "3 rows")


@pytest.mark.parametrize(
    ("row", "description"),
    [
        ({"status": None}, "Every row has a verdict"),
        ({"status": "perhaps"}, "Every verdict is one of"),
        ({**ZOE, "full_name": "Zoé Deux"}, "no email stands in two rows"),
        ({"email": None}, "every row has an email"),
        ({"email": "zoe@exemple"}, "address with a dotted domain"),
        ({"email": "Zoe@exemple.fr"}, "address with a dotted domain"),
        ({"email": " x@exemple.fr"}, "address with a dotted domain"),
        ({"email": "x@exemple.fr\n"}, "address with a dotted domain"),
        ({"email": f"{'a' * 250}@b.fr"}, "at most 254 characters"),
        ({"email": "x@exemple.fr", "full_name": None}, "every row has a name"),
        ({"email": "x@exemple.fr", "full_name": ""}, "no name is blank"),
        ({"email": "x@exemple.fr", "full_name": " \t "}, "no name is blank"),
        ({"email": "x@exemple.fr", "age": 15}, "every age"),
        ({"email": "x@exemple.fr", "age": 101}, "every age"),
        ({"email": "x@exemple.fr", "total_experience_years": 80.5}, "every total_experience_years"),
        ({"email": "x@exemple.fr", "gender": "m"}, "every gender"),
        ({"email": "x@exemple.fr", "preferred_language": "it"}, "every preferred_language"),
        ({"email": "x@exemple.fr", "learning_mode": "radio"}, "every learning_mode"),
        ({"email": "x@exemple.fr", "highest_academic_level": "cap"}, "every highest_academic_level"),
    ],
)
def test_one_bad_row_closes_the_gate(gate, outcome, row, description):
    report = gate("users_ready", verdicts(*valid_users(20), ZOE, row))
    assert not report.passed
    assert report.severity == "critical"
    failed = outcome(report, description)
    assert not failed.success
    assert failed.problem is None
    assert failed.examples[-1].place == "users.xlsx, Feuil1, row 23"
    assert [o.description for o in report.critical] == [failed.description]


def test_what_is_wrong_with_a_rejected_row_does_not_matter(gate):
    wrong = {**REJECTED, "email": "nobody", "age": 3, "gender": "x", "full_name": None}
    assert gate("users_ready", verdicts(*valid_users(9), wrong)).failed == ()


def test_many_unknown_values_are_a_warning(gate, outcome):
    rows = [*valid_users(9), {**ZOE, "warnings": "unknown_language"}]
    report = gate("users_ready", verdicts(*rows))
    assert report.passed
    assert report.severity == "warning"
    unknown = outcome(report, "Unknown optional values")
    assert (unknown.observed, unknown.threshold) == (
        "10 % with an unknown value (1 of 10 rows)",
        "at most 5 %",
    )
    assert gate("users_ready", verdicts(*rows), thresholds={"max_warning_ratio": 0.1}).severity is None


def test_a_report_names_ten_of_many_failing_rows(gate, outcome):
    report = gate("users_ready", verdicts(*valid_users(5), *[REJECTED] * 40))
    assert [example.place for example in outcome(report, "at least 80 %").examples] == [
        f"users.xlsx, Feuil1, row {row}" for row in range(7, 17)
    ]
