"""Addresses in the Airflow UI, and the button of a gate task."""

from typing import Any

import pytest

from provider.gate import QualityGateOperator
from provider.links import DataDocsLink, report_url, run_url, task_url

GATE = QualityGateOperator(task_id="check_users_ready", suite="users_ready", batch={"batch": "x.parquet"})
PAGE = "http://localhost:8082/quality/runs/users_ready/r/20261124T020000.000000Z/index.html"


class RunningTask:
    """The part of a running task instance that a link sees: its id and the XComs of its run."""

    task_id = "check_users_ready"

    def __init__(self, xcoms: dict[tuple[str, str], Any]) -> None:
        self.xcoms = xcoms

    def xcom_pull(self, *, task_ids: str, key: str) -> Any:
        return self.xcoms.get((task_ids, key))


@pytest.mark.parametrize(
    ("xcoms", "link"),
    [
        ({("check_users_ready", "report_url"): PAGE}, PAGE),
        ({("check_users_source", "report_url"): PAGE}, ""),
        ({}, ""),
    ],
    ids=["its own page", "another gate's page", "no verdict"],
)
def test_the_link_is_the_page_that_this_task_left(xcoms: dict[tuple[str, str], Any], link: str):
    assert DataDocsLink().get_link(GATE, ti_key=RunningTask(xcoms)) == link  # type: ignore[arg-type]


def test_the_button_is_on_every_gate_and_the_ui_reads_its_address_from_the_xcom_of_the_gate():
    (link,) = GATE.operator_extra_links
    assert (link.name, link.xcom_key) == ("Data Docs", "report_url")


def test_addresses_are_quoted():
    run = "scheduled__2026-11-24T01:00:00+00:00"
    quoted = "scheduled__2026-11-24T01%3A00%3A00%2B00%3A00"
    assert run_url("etl_users_daily", run) == f"http://localhost:8082/dags/etl_users_daily/runs/{quoted}"
    assert task_url("d", run, "load_users") == f"http://localhost:8082/dags/d/runs/{quoted}/tasks/load_users"
    assert report_url("runs/a b/<x>.html") == "http://localhost:8082/quality/runs/a%20b/%3Cx%3E.html"
