"""The quality report as a web application below the Airflow UI: for whoever is logged in, and nobody else."""

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from alerts.incidents.pages import incident_lines
from pipeline.errors import FatalError
from provider.answer import answer
from provider.connections import POSTGRES, postgres_engine
from provider.incident_pages import add_incidents
from provider.scheduled import scheduled_dags
from report.served import ServedReport, security_headers
from report.settings import QualitySettings
from report.store import Store

if TYPE_CHECKING:
    from fastapi import FastAPI
    from sqlalchemy import Engine


@cache
def report_app() -> "FastAPI":
    """The report as a web application. Airflow does not authenticate a plugin: this one does."""
    from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
    from airflow.api_fastapi.core_api.security import requires_access_view
    from fastapi import Depends, FastAPI, Request
    from fastapi.responses import Response

    app = FastAPI(title="Quality report", docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def secure(request: Request, call_next):  # type: ignore[no-untyped-def] # Starlette's own signature
        response = await call_next(request)
        for name, value in security_headers().items():
            response.headers.setdefault(name, value)
        return response

    add_incidents(app, history_engine)

    @app.get("/{path:path}", dependencies=[Depends(requires_access_view(AccessView.WEBSITE))])
    def page(path: str, request: Request) -> Response:
        """One file, or one page, of the report."""
        return answer(served_report().at(path, dict(request.query_params), now=datetime.now(UTC)))

    # FastAPI reads annotations by their names, and those of this function are not the module's.
    page.__annotations__ |= {"request": Request, "return": Response}
    return app


def served_report() -> ServedReport:
    """The report of this installation, as its settings say now."""
    return ServedReport(Store(QualitySettings().path), history_engine, scheduled_dags, incident_lines)


@cache
def history_engine() -> "Engine":
    """An engine on the database with the history, kept while the process lives; a person is waiting.

    Raises FatalError without the connection, SQLAlchemyError when the database is away.
    """
    from airflow.sdk.exceptions import AirflowException

    from report.history import create

    try:
        engine = postgres_engine(patience=3)
    except AirflowException as error:
        raise FatalError(f"The history is in the database of the connection {POSTGRES}: {error}.") from error
    # Before the first gate there is no table, and after an update it may lack a column until a gate runs.
    create(engine)
    return engine
