"""When Airflow means to run its DAGs next: out of its own database, which only the API server may ask."""

import logging
from typing import TYPE_CHECKING

from report.schedules import Scheduled

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


log = logging.getLogger(__name__)


def scheduled_dags() -> list[Scheduled]:
    """The DAGs that have a schedule, as the API server knows them now; none while its database is away."""
    from airflow.utils.session import create_session
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with create_session() as session:
            return read(session)
    except SQLAlchemyError:
        log.exception("Whether a schedule was missed is not told: Airflow's database cannot be read")
        return []


def read(session: "Session") -> list[Scheduled]:
    """The DAGs that have a schedule; those whose file is gone are left out."""
    from airflow.models import DagModel, DagRun
    from airflow.utils.types import DagRunType
    from sqlalchemy import func, or_, select

    last = (
        select(DagRun.dag_id, func.max(DagRun.run_after).label("last"))
        .where(DagRun.run_type == DagRunType.SCHEDULED)
        .group_by(DagRun.dag_id)
        .subquery()
    )
    query = (
        select(
            DagModel.dag_id,
            DagModel.next_dagrun_create_after,
            last.c.last,
            DagModel.is_paused,
            DagModel.has_import_errors,
        )
        .outerjoin(last, last.c.dag_id == DagModel.dag_id)
        # A file that cannot be imported makes its DAGs stale, as one that is gone does.
        .where(or_(~DagModel.is_stale, DagModel.has_import_errors.is_(True)))
        .where(DagModel.next_dagrun_create_after.is_not(None))
    )
    return [Scheduled(*row) for row in session.execute(query)]
