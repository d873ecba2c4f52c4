"""The report with incidents as the API server serves it to somebody who is logged in: for a browser."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import uvicorn
from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.security import get_user
from airflow.models import DagModel
from sqlalchemy import Engine

from alerts.incidents.observe import observe
from alerts.incidents.seen import seen_by_gate
from provider.report_pages import history_engine, report_app
from report.gate_report import GateReport
from report.history import record
from report.past import Past
from report.publish import Beside, publish
from report.settings import QualitySettings
from report.store import Store
from tests.provider.test_gate import connection_to
from tests.report.users_reports import users_ready

REMINDER = timedelta(days=7)


def nights() -> list[GateReport]:
    """Ten nights of the users, the oldest first: closed since the third; emails stood twice in two."""
    last = datetime.now(UTC).replace(hour=1, minute=3, second=12, microsecond=0) - timedelta(days=1)
    made = []
    for ago in range(9, -1, -1):
        closed = ago < 8
        night = users_ready(ago, valid=690 + 7 * ago if closed else 930, twice=12 if ago in (4, 3) else 0)
        began = last - timedelta(days=ago)
        moved = _moved(night, began)
        made.append(replace(moved, owner="Users team"))
    return made


def _moved(report: GateReport, began: datetime) -> GateReport:
    """The report as if its gate had begun then."""
    run = f"scheduled__{began:%Y-%m-%dT02:00:00+00:00}"
    folder = f"runs/{report.gate}/scheduled-{began:%Y-%m-%d}/{began:%Y%m%dT%H%M%S.%fZ}"
    return replace(
        report,
        run=run,
        run_name=f"scheduled-{began:%Y-%m-%d}",
        page=f"{folder}/index.html",
        result_file=f"{folder}/result.json",
        started_at=began.isoformat(),
    )


def fill(engine: Engine) -> None:
    """Ten nights with their pages and incidents: 1 is open, 2 is over."""
    store, past = Store(QualitySettings().path), list[GateReport]()
    for night in nights():
        beside = Beside(result="{}", rows="check,row\nvalid_ratio,17\n", page=lambda root: "<p>theirs</p>")
        record(engine, publish(night, Past.of(night, past), beside, store))
        past.insert(0, night)
        seen = seen_by_gate(night)
        began = datetime.fromisoformat(night.started_at)
        observe(
            engine, seen.sightings, good=seen.good, run=night.run,
            now=began + timedelta(minutes=2), reminder=REMINDER,
        )  # fmt: skip


@contextmanager
def incident_site(engine: Engine, folder: str, *, role: str = "OP") -> Iterator[str]:
    """The address of the report, for the user ada with a role. folder: of the report's files."""
    variables = {"QUALITY_PATH": folder, "AIRFLOW_CONN_POSTGRES_DEFAULT": connection_to(engine)}
    user = SimpleAuthManagerUser(username="ada", role=role)
    with (
        patch.dict(os.environ, variables),
        # Airflow's own database is not there.
        patch.object(DagModel, "get_team_name", staticmethod(lambda dag_id: None)),
        patch.dict(report_app().dependency_overrides, {get_user: lambda: user}),
    ):
        history_engine.cache_clear()
        create_auth_manager()
        fill(engine)
        server = uvicorn.Server(uvicorn.Config(report_app(), host="127.0.0.1", port=0, log_level="error"))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        try:
            port = server.servers[0].sockets[0].getsockname()[1]
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()
            history_engine().dispose()
            history_engine.cache_clear()
