"""Where a person can look: pages of the Airflow UI, the quality report among them."""

from typing import TYPE_CHECKING
from urllib.parse import quote

import attrs
from airflow.sdk import BaseOperatorLink
from airflow.sdk.configuration import conf

from report.site import Site

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

REPORT_PREFIX = "/quality"
"""Under which address of the Airflow UI the quality report stands."""

REPORT_URL_KEY = "report_url"
"""XCom in which a gate leaves the address of its page, passed or closed."""


@attrs.define
class DataDocsLink(BaseOperatorLink):
    """The button "Data Docs" of a gate task: the page of exactly this verdict."""

    @property
    def name(self) -> str:
        """The text of the button."""
        return "Data Docs"

    @property
    def xcom_key(self) -> str:
        """The UI reads the address from this XCom, so the button is there for a failed task, too."""
        return REPORT_URL_KEY

    def get_link(self, operator: "BaseOperator", *, ti_key: "TaskInstanceKey") -> str:  # noqa: ARG002
        """The address that the gate left, empty when it came to no verdict.

        Airflow calls this when the task ends and stores what it returns over the XCom. It calls it with the
        running task instance, whatever the name says; a key alone knows no XCom.
        """
        pull = getattr(ti_key, "xcom_pull", None)
        return str(pull(task_ids=ti_key.task_id, key=REPORT_URL_KEY) or "") if pull else ""


def base_url() -> str:
    """The address of the Airflow UI, without a slash at its end."""
    return str(conf.get("api", "base_url")).rstrip("/")


def report_site() -> Site:
    """Report and Airflow UI, by their whole addresses."""
    return Site(root=f"{base_url()}{REPORT_PREFIX}/", airflow=f"{base_url()}/")


def report_url(page: str) -> str:
    """The address of a page of the quality report. page: its path below the root of the report."""
    return f"{base_url()}{REPORT_PREFIX}/{quote(page)}"


def run_url(dag_id: str, run_id: str) -> str:
    """The address of a DAG run in the UI."""
    return f"{base_url()}/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}"


def task_url(dag_id: str, run_id: str, task_id: str) -> str:
    """The address of a task of a run, where its log is."""
    return f"{run_url(dag_id, run_id)}/tasks/{quote(task_id, safe='')}"
