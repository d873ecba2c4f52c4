"""The Data Docs inside the Airflow UI: for whoever is logged in, and nobody else."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin

from provider.links import DATA_DOCS_PREFIX

if TYPE_CHECKING:
    from fastapi import FastAPI


class DataDocsPlugin(AirflowPlugin):
    """Serves the pages below `DATA_DOCS_PREFIX`, and puts "Data quality" into the navigation."""

    name = "inlearning_data_docs"
    external_views: list[Any] = [  # noqa: RUF012 - Airflow's own attribute
        {
            "name": "Data quality",
            "href": f"{DATA_DOCS_PREFIX}/index.html",
            "url_route": "data-quality",
            "destination": "nav",
        }
    ]
    fastapi_apps: list[Any] = []  # noqa: RUF012 - Airflow's own attribute

    @classmethod
    def on_load(cls, *_: Any, **__: Any) -> None:
        """Add the web application; called once in each process of Airflow."""
        cls.fastapi_apps = [{"app": data_docs_app(), "url_prefix": DATA_DOCS_PREFIX, "name": "Data Docs"}]


@cache
def data_docs_app() -> "FastAPI":
    """The pages as a web application. A plugin's application is not authenticated by Airflow: this one is."""
    from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
    from airflow.api_fastapi.core_api.security import requires_access_view
    from fastapi import Depends, FastAPI, HTTPException
    from fastapi.responses import FileResponse

    app = FastAPI(title="Data Docs", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/{path:path}", dependencies=[Depends(requires_access_view(AccessView.WEBSITE))])
    def page(path: str) -> FileResponse:
        """One file of the Data Docs."""
        file = data_docs_file(path or "index.html")
        if file is None:
            raise HTTPException(404, "No such page in the Data Docs. Was it removed, or has no gate run yet?")
        return FileResponse(file)

    return app


def data_docs_file(path: str) -> Path | None:
    """The file behind an address below the Data Docs; None when there is none, or when it lies outside."""
    from report.settings import QualitySettings

    folder = (Path(QualitySettings().path) / "data_docs").resolve()
    file = (folder / path).resolve()
    return file if file.is_relative_to(folder) and file.is_file() else None
