"""Suites of others: registered by an entry point, named by module and attribute, or given as they are."""

import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from gx.errors import GateMisuse
from gx.gate import run_gate
from gx.suite import Suite, count
from gx.suites import SUITES, load
from pipeline.errors import FatalError, RetriableError

ORDERS = pd.DataFrame({"id": [1, 2, 3, 4], "customer": ["a", None, "c", "d"]})

MODULE = """
import great_expectations.expectations.core as gxe

from gx.severity import critical
from gx.suite import Suite

def build(facts, thresholds):
    return [critical(gxe.ExpectColumnValuesToNotBeNull, "A customer", threshold="each", column="customer")]

SUITE = Suite(name="orders", build=build, key=("id",))
OURS = Suite(name="users_ready", build=build)
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a package with entry points where Python finds it, as an installation does."""
    monkeypatch.syspath_prepend(tmp_path)

    def put(package: str, **entry_points: str) -> None:
        (tmp_path / f"{package}.py").write_text(textwrap.dedent(MODULE))
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = "\n".join(f"{name} = {value}" for name, value in entry_points.items())
        (info / "entry_points.txt").write_text(f"[inlearning.suites]\n{lines}\n")

    yield put
    for name in ("their_orders", "other_orders"):
        sys.modules.pop(name, None)


def test_a_suite_that_a_package_registers_runs_by_its_name(install, settings):
    install("their_orders", orders="their_orders:SUITE")
    report = run_gate("orders", ORDERS, run="r", settings=settings, history=None)
    assert (report.gate, report.passed) == ("orders", False)
    assert [example.text for example in report.critical[0].examples] == ["id 2"]


def test_a_suite_needs_no_registration(install):
    install("their_orders")
    suite = load("their_orders:SUITE")
    assert (suite.name, suite.key) == ("orders", ("id",))
    assert load(suite) is suite


def test_a_registered_suite_never_stands_in_for_one_of_ours(install):
    install("their_orders", users_ready="their_orders:OURS")
    message = "several suites are called 'users_ready': in gx.suites, their_orders:OURS of their_orders"
    with pytest.raises(GateMisuse, match=message):
        load("users_ready")
    assert load("users_source").name == "users_source"


def test_nor_does_one_that_is_given(install):
    install("their_orders")
    for given in ("their_orders:OURS", replace(load("users_next"), name="users_ready")):
        with pytest.raises(GateMisuse, match=r"'users_ready' is that of a suite in gx\.suites\. Call yours"):
            load(given)
    assert load(load("users_ready")) is load("users_ready")


def test_two_registered_suites_of_one_name_are_refused(install):
    install("their_orders", orders="their_orders:SUITE")
    install("other_orders", orders="other_orders:SUITE")
    with pytest.raises(GateMisuse, match=r"several suites are called 'orders': .* of their_orders"):
        load("orders")


def test_a_suite_is_called_what_it_is_registered_as(install):
    install("their_orders", sales="their_orders:SUITE")
    with pytest.raises(GateMisuse, match="registers 'sales', but its suite is called 'orders'"):
        load("sales")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("nowhere:SUITE", r"there is no suite at nowhere:SUITE: No module named 'nowhere'\. Install"),
        ("their_orders:NONE", "there is no suite at their_orders:NONE: module 'their_orders' has no"),
        ("their_orders:gxe", "their_orders:gxe is neither a Suite nor a function"),
        ("order", r"no gate is called 'order' \(there are: users_source, .*, orders\)"),
    ],
)
def test_a_suite_that_is_not_there_is_told(install, given, message):
    install("their_orders", orders="their_orders:SUITE")
    with pytest.raises(GateMisuse, match=message):
        load(given)


def test_every_suite_of_ours_has_its_name():
    assert {name: load(name).name for name in SUITES} == {name: name for name in SUITES}


def few_missing(max_missing_ratio: float = 0.1, min_rows: float = 0) -> list[object]:
    import great_expectations.expectations.core as gxe

    return [
        gxe.ExpectColumnValuesToNotBeNull(column="customer", mostly=1 - max_missing_ratio),
        gxe.ExpectTableRowCountToBeBetween(min_value=min_rows),
    ]


@pytest.mark.parametrize(
    ("thresholds", "passed"),
    [
        ({}, False),
        ({"max_missing_ratio": 0.3}, True),
        ({"max_missing_ratio": 0.3, "min_rows": 5}, False),
    ],
)
def test_a_function_is_a_suite_whose_parameters_are_thresholds(settings, thresholds, passed):
    report = run_gate(few_missing, ORDERS, run="r", settings=settings, history=None, thresholds=thresholds)
    assert (report.gate, report.passed) == ("few_missing", passed)
    assert report.parameters == {"max_missing_ratio": 0.1, "min_rows": 0.0, **thresholds}


def test_a_threshold_that_a_function_has_not_is_a_misuse(settings):
    with pytest.raises(GateMisuse, match=r"unknown threshold 'ratio' \(known here: max_missing_ratio, min_"):
        run_gate(few_missing, ORDERS, run="r", settings=settings, history=None, thresholds={"ratio": 0.3})


def test_a_function_with_other_parameters_is_no_suite():
    with pytest.raises(GateMisuse, match="the parameter 'column' has no number as its default"):
        load(lambda column: [])


@pytest.mark.parametrize("error", [FatalError("change it"), RetriableError("in a minute"), OSError("broken")])
def test_what_a_suite_raises_comes_as_it_is(settings, error):
    def build(facts, thresholds):
        raise error

    with pytest.raises(type(error), match=str(error)) as raised:
        run_gate(Suite(name="orders", build=build), ORDERS, run="r", settings=settings, history=None)
    assert raised.value is error


def test_facts_are_checked_and_handed_to_the_suite(settings):
    seen = []

    def build(facts, thresholds):
        seen.append(count(facts, "rows"))
        return few_missing(0.3)

    suite = Suite(name="orders", build=build, facts={"rows": int})
    assert run_gate(suite, ORDERS, run="r", settings=settings, history=None, facts={"rows": 4}).passed
    assert seen == [4]
    with pytest.raises(GateMisuse, match="the fact 'rows' is missing"):
        run_gate(suite, ORDERS, run="r", settings=settings, history=None)
