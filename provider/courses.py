"""The steps of the courses flow as Airflow sees them: parameters and connections in, small summaries out."""

import dataclasses
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context
from upath import UPath

from provider.connections import ELASTICSEARCH, elasticsearch_client
from provider.run import current_run
from reindex.plan import Plan
from reindex.settings import ReindexSettings

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from reindex.keeping.lock import Holder

log = logging.getLogger(__name__)

ENDED = ("success", "failed")
"""States of a run that does nothing any more."""


def release_stale() -> dict[str, Any]:
    """Take the lock and clear away what dead runs left; returns `release.Released` as a mapping."""
    from reindex.keeping.release import release_stale as clear_away

    with elasticsearch_client() as client:
        owner = current_run().owner
        return _told(clear_away(client, run_settings().index, owner=owner, ended=run_has_ended))


def check_cluster() -> dict[str, Any]:
    """Settle the plan and profile the source; returns `reindex.plan.Plan` and the facts of the gate."""
    from reindex.checks.cluster import check_cluster as plan_on
    from reindex.comparing.gate_batches import source_batch

    with elasticsearch_client() as client:
        plan = plan_on(client, run_settings(), run=current_run().owner)
        return {**plan.facts(), **source_batch(client, plan, run_folder())}


def snapshot_before(planned: Mapping[str, Any]) -> dict[str, Any]:
    """Keep a snapshot of the source; returns the plan and the snapshot's name."""
    from reindex.keeping.snapshots import snapshot

    with writing(planned) as (client, plan):
        kept = snapshot(client, plan, run_settings().repository)
        _told(kept)
    return {**plan.facts(), "snapshot": kept.name}


def create_index(planned: Mapping[str, Any]) -> dict[str, Any]:
    """Create the candidate, and block writes if the run says so; returns the plan and the checkpoints."""
    from reindex.index.blocks import block_writes
    from reindex.index.checkpoints import checkpoints
    from reindex.index.indices import create_index as create

    with writing(planned) as (client, plan):
        if current_run().params.get("writes") == "block":
            block_writes(client, plan.source)
        created = create(client, plan, checkpoints=checkpoints(client, plan.source))
        return {**plan.facts(), **_told(created)}


def catch_up(copied: Mapping[str, Any]) -> dict[str, Any]:
    """Apply what was written meanwhile; returns the plan and `catch_up.CaughtUp` as a mapping."""
    from reindex.copying.catch_up import catch_up as apply_writes
    from reindex.index.indices import ready

    with writing(copied) as (client, plan):
        caught_up = apply_writes(client, plan, checkpoints=copied["checkpoints"])
        ready(client, plan)
        return {**plan.facts(), **_told(caught_up)}


def compare_documents(caught_up: Mapping[str, Any]) -> dict[str, Any]:
    """Compare the candidate with its source; returns the plan, checkpoints and the facts of the gate."""
    from reindex.comparing.compare import compare
    from reindex.comparing.gate_batches import reindexed_batch
    from reindex.index.indices import mapping_differences

    with writing(caught_up) as (client, plan):
        comparison = compare(client, plan, checkpoints=caught_up["checkpoints"])
        batch = reindexed_batch(comparison, mapping_differences(client, plan.target), run_folder())
    kept = {name: caught_up[name] for name in ("checkpoints", "written", "deleted")}
    return {**plan.facts(), **kept, **batch}


def swap_alias(compared: Mapping[str, Any]) -> dict[str, Any]:
    """Swap the candidate in; returns `swap.Swapped` as a mapping, and what the platform says.

    written, deleted: by the whole catch-up, since the copy began.
    """
    from reindex.swapping.swap import swap

    settings = run_settings()
    with writing(compared) as (client, plan):
        swapped = swap(
            client, plan, settings=settings, checkpoints=compared["checkpoints"], lost=compared["missing"]
        )
    caught_up = {
        "written": swapped.written + compared["written"],
        "deleted": swapped.deleted + compared["deleted"],
    }
    return {**_told(swapped), **caught_up, **platform_note(settings)}


def platform_note(settings: ReindexSettings) -> dict[str, str]:
    """What the learning platform's health address answers, as `note`; empty when nobody is to be asked."""
    from reindex.swapping.platform import health

    if not settings.platform_url:
        return {}
    return {"note": f"Learning platform ({settings.platform_url}): {health(settings.platform_url)}."}


def prune_indices() -> dict[str, Any]:
    """Delete old indices; returns `reindex.keeping.prune.Pruned` as a mapping."""
    from reindex.keeping import lock, prune

    settings = run_settings()
    with elasticsearch_client() as client:
        lock.verify(client, settings.index, owner=current_run().owner)
        return _told(prune.prune_indices(client, settings.index, keep=settings.keep_indices))


def prune_snapshots() -> dict[str, Any]:
    """Delete old snapshots; returns `reindex.keeping.prune.Pruned` as a mapping."""
    from reindex.keeping import lock, prune

    settings = run_settings()
    with elasticsearch_client() as client:
        lock.verify(client, settings.index, owner=current_run().owner)
        pruned = prune.prune_snapshots(
            client, settings.index, settings.repository, keep=settings.keep_snapshots
        )
        return _told(pruned)


def release() -> dict[str, Any]:
    """Give the lock back and leave nothing running; returns `release.Released` as a mapping."""
    from reindex.keeping.release import release as give_back

    with patient(), elasticsearch_client() as client:
        return _told(give_back(client, run_settings().index, owner=current_run().owner))


def index_before() -> str:
    """The index to roll back to: the run's parameter `to`, or the one that was served before."""
    from reindex.swapping.rollback import previous

    with elasticsearch_client() as client:
        return str(current_run().params.get("to") or "") or previous(client, run_settings().index)


def rollback(to: str) -> dict[str, Any]:
    """Serve an earlier index again; returns `reindex.swapping.rollback.RolledBack` as a mapping."""
    from reindex.keeping import lock
    from reindex.swapping.rollback import rollback as roll_back

    served = run_settings().index
    with elasticsearch_client() as client:
        lock.verify(client, served, owner=current_run().owner)
        return _told(roll_back(client, served, to=to))


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


def run_folder() -> str:
    """The folder of the current run's batches."""
    return str(UPath(run_settings().staging_url) / current_run().name)


@contextmanager
def writing(
    facts: Mapping[str, Any], *, conn_id: str = ELASTICSEARCH
) -> "Iterator[tuple[Elasticsearch, Plan]]":
    """The client and the plan among the facts of a step, for a run that holds the lock.

    Raises LockedError when it holds it no longer: somebody else may be at work.
    """
    from reindex.keeping import lock

    plan = Plan.of(facts)
    with patient(), elasticsearch_client(conn_id) as client:
        lock.verify(client, plan.served, owner=current_run().owner)
        yield client, plan


@contextmanager
def patient() -> Iterator[None]:
    """For steps behind the first ones, which have found the key to be right: a refusal may pass.

    Raises RetriableError for a server that starts, and refuses every key until it is up.
    """
    from pipeline.errors import FatalError, RetriableError
    from reindex.copying import copy

    try:
        yield
    except FatalError as error:
        if copy.away(error):
            raise RetriableError(str(error)) from error
        raise


def _told(result: Any) -> dict[str, Any]:
    """A result as a mapping, after it was logged."""
    log.info("%s", result)
    return dataclasses.asdict(result)
