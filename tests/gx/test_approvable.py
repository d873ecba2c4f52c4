"""Which closed gates of ours a person may open, and up to where."""

from typing import Any

import great_expectations.expectations.core as gxe
import pytest

from gx.errors import GateMisuse
from gx.severity import APPROVABLE, critical, warning
from gx.suites import SUITES, load
from tests.gx.frames import ALI, ANSWERED_ALIKE, ZOE, buckets, valid_users, verdicts

REJECTED = {"status": "rejected", "reasons": "missing_email"}
ANYTHING: dict[type, Any] = {int: 1, float: 1.0, bool: False, str: "s", list: [], dict: {}}


def approvable(name: str) -> dict[str, Any]:
    """The bounds of a suite, by the keys of its checks."""
    suite = load(name)
    facts = {fact: ANYTHING[kind] for fact, kind in suite.facts.items()} | ANSWERED_ALIKE
    found = {e.meta["key"]: e.meta.get(APPROVABLE) for e in suite.build(facts, suite.thresholds)}
    return {key: bound for key, bound in found.items() if bound}


def test_two_checks_may_be_approved_and_none_of_the_others():
    assert {name: bounds for name in SUITES if (bounds := approvable(name))} == {
        "users_ready": {"valid_ratio": {"low": 0.5}},
        "courses_reindexed": {"document_loss": {"high": 0.05}},
    }


@pytest.mark.parametrize(("valid", "may"), [(7, True), (5, True), (4, False)])
def test_valid_rows_may_be_approved_down_to_a_half(gate, valid: int, may: bool):
    report = gate("users_ready", verdicts(*valid_users(valid), *[REJECTED] * (10 - valid)))
    assert not report.passed
    assert report.may_be_approved is may


def test_an_email_that_stands_twice_may_never_be_approved(gate):
    report = gate("users_ready", verdicts(ZOE, {**ALI, "email": ZOE["email"]}, REJECTED))
    assert {outcome.key for outcome in report.critical} == {"valid_ratio", "email_unique"}
    assert not report.may_be_approved


@pytest.mark.parametrize(("missing", "may"), [(2, True), (10, True), (11, False)])
def test_a_loss_of_documents_may_be_approved_up_to_five_percent(gate, missing: int, may: bool):
    frame = buckets({"source_documents": 200, "missing": missing}, documents=0)
    report = gate("courses_reindexed", frame, target_documents=200 - missing)
    assert [outcome.key for outcome in report.critical] == ["document_loss"]
    assert report.may_be_approved is may


def test_a_document_that_changed_may_not(gate):
    frame = buckets({"source_documents": 200, "missing": 4, "changed": 1}, documents=0)
    assert not gate("courses_reindexed", frame, target_documents=196).may_be_approved


def test_an_empty_batch_may_not(gate):
    assert not gate("users_ready", verdicts(), source_rows=0).may_be_approved


def test_a_bound_belongs_to_what_closes_the_gate():
    options = {"threshold": "each", "column": "customer", "approvable_down_to": 0.9}
    assert critical(gxe.ExpectColumnValuesToNotBeNull, "A customer", **options).meta[APPROVABLE] == {
        "low": 0.9
    }
    with pytest.raises(GateMisuse, match="A customer: it closes no gate, so there is nothing to approve"):
        warning(gxe.ExpectColumnValuesToNotBeNull, "A customer", **options)
