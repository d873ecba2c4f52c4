"""The steps of the courses flow as Airflow sees them: parameters and connections in, handovers out."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context

from pipeline.handover import as_json, from_json
from pipeline.states import ENDED
from provider.connections import ELASTICSEARCH, elasticsearch_client
from provider.run import current_run
from reindex.settings import ReindexSettings

if TYPE_CHECKING:
    from reindex.flow import CoursesFlow
    from reindex.keeping.lock import Holder

log = logging.getLogger(__name__)


def release_stale() -> dict[str, Any]:
    """Take the lock and clear away what dead runs left; returns `reindex.keeping.release.Released`."""
    with courses_flow() as flow:
        return _left(flow.release_stale(ended=run_has_ended))


def check_cluster() -> dict[str, Any]:
    """Settle the plan and profile the source; returns `reindex.handover.CheckedCluster`."""
    with courses_flow() as flow:
        return _left(flow.check_cluster())


def snapshot_before(checked: Mapping[str, Any]) -> dict[str, Any]:
    """Keep a snapshot of the source; returns `reindex.handover.KeptSnapshot`."""
    from reindex.handover import CheckedCluster

    with courses_flow() as flow:
        return _left(flow.snapshot_before(from_json(CheckedCluster, checked)))


def create_index(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Create the candidate, and block writes if the run says so; returns `reindex.handover.CreatedIndex`."""
    from reindex.handover import KeptSnapshot

    writes = current_run().params.get("writes", "catch_up")
    with courses_flow() as flow:
        return _left(flow.create_index(from_json(KeptSnapshot, kept), writes=writes))


def catch_up(copied: Mapping[str, Any]) -> dict[str, Any]:
    """Apply what was written meanwhile; returns `reindex.handover.AppliedWrites`."""
    from reindex.handover import CopiedDocuments

    with courses_flow() as flow:
        return _left(flow.catch_up(from_json(CopiedDocuments, copied)))


def compare_documents(applied: Mapping[str, Any]) -> dict[str, Any]:
    """Compare the candidate with its source; returns `reindex.handover.ComparedDocuments`."""
    from reindex.handover import AppliedWrites

    with courses_flow() as flow:
        return _left(flow.compare_documents(from_json(AppliedWrites, applied)))


def swap_alias(compared: Mapping[str, Any]) -> dict[str, Any]:
    """Swap the candidate in; returns `reindex.handover.SwappedAlias`."""
    from reindex.handover import ComparedDocuments

    with courses_flow() as flow:
        return _left(flow.swap_alias(from_json(ComparedDocuments, compared)))


def prune_indices() -> dict[str, Any]:
    """Delete old indices; returns `reindex.keeping.prune.Pruned`."""
    with courses_flow() as flow:
        return _left(flow.prune_indices())


def prune_snapshots() -> dict[str, Any]:
    """Delete old snapshots; returns `reindex.keeping.prune.Pruned`."""
    with courses_flow() as flow:
        return _left(flow.prune_snapshots())


def release() -> dict[str, Any]:
    """Give the lock back and leave nothing running; returns `reindex.keeping.release.Released`."""
    with courses_flow() as flow:
        return _left(flow.release())


def choose_index() -> str:
    """The index to roll back to: the run's parameter `to`, or the one that was served before."""
    with courses_flow() as flow:
        return flow.choose_index(str(current_run().params.get("to") or ""))


def rollback_alias(to: str) -> dict[str, Any]:
    """Serve an earlier index again; returns `reindex.swapping.rollback.RolledBack`."""
    with courses_flow() as flow:
        return _left(flow.rollback_alias(to))


def run_has_ended(holder: "Holder") -> bool:
    """Whether a holder of the lock is a run of this Airflow that has ended.

    The command line is none, and neither is a run that is not known here: it may be another Airflow's.
    """
    from airflow.sdk.exceptions import AirflowRuntimeError

    dag_id, _, run_id = holder.owner.partition("/")
    try:
        state = get_current_context()["ti"].get_dagrun_state(dag_id=dag_id, run_id=run_id)
    except AirflowRuntimeError as error:
        if (error.error.detail or {}).get("status_code") != HTTPStatus.NOT_FOUND:
            raise
        state = "not known here"
    log.info("The lock is held by %s, which is %s.", holder.owner, state)
    return state in ENDED


def run_settings() -> ReindexSettings:
    """The settings of the current run: its parameter `index` stands before the environment."""
    index = str(current_run().params.get("index") or "")
    return ReindexSettings(index=index) if index else ReindexSettings()


@contextmanager
def courses_flow(*, conn_id: str = ELASTICSEARCH) -> "Iterator[CoursesFlow]":
    """The flow of the current run, on an Airflow connection that is closed at the end."""
    from pipeline.folder import RunFolder
    from reindex.flow import CoursesFlow

    run, settings = current_run(), run_settings()
    with elasticsearch_client(conn_id) as client:
        yield CoursesFlow(client, settings, run.owner, RunFolder.of(settings.staging_url, run.name))


def _left(result: object) -> dict[str, Any]:
    """What a step leaves, as JSON, after it was logged."""
    log.info("%s", result)
    return as_json(result)
