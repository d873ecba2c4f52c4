"""What we add to the Airflow UI: the quality report, in the navigation and on every DAG, run and task."""

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from provider.links import REPORT_PREFIX
from provider.report_pages import report_app

TITLE, ROUTE = "Data quality", "data-quality"
# Relative: behind a path prefix, an address that begins with a slash would leave it.
REPORT = REPORT_PREFIX.lstrip("/")
DAG = f"{REPORT}/dags/{{DAG_ID}}"
RUN = f"{DAG}/runs/{{RUN_ID}}"
TASK = f"{RUN}/tasks/{{TASK_ID}}"


def tab(destination: str, folder: str) -> dict[str, str]:
    """A page of the report as a part of the UI."""
    return {
        "name": TITLE,
        "href": f"{folder}/index.html",
        # Airflow wants another one for each destination.
        "url_route": ROUTE if destination == "nav" else f"{ROUTE}-{destination}",
        "destination": destination,
    }


class QualityReportPlugin(AirflowPlugin):
    """Serves the report below `REPORT_PREFIX`, and leads there from wherever somebody may ask."""

    name = "inlearning_quality_report"
    external_views: list[Any] = [  # noqa: RUF012 - Airflow's own attribute
        tab("nav", REPORT),
        tab("dag", DAG),
        tab("dag_run", RUN),
        tab("task_instance", TASK),
    ]
    fastapi_apps: list[Any] = []  # noqa: RUF012 - Airflow's own attribute

    @classmethod
    def on_load(cls, *_: Any, **__: Any) -> None:
        """Add the web application; called once in each process of Airflow."""
        cls.fastapi_apps = [{"app": report_app(), "url_prefix": REPORT_PREFIX, "name": "Quality report"}]
