"""A whole run without Airflow, step by step with the gates between; what a step leaves is on disk as JSON."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from elasticsearch import AsyncElasticsearch, Elasticsearch
from sqlalchemy import Engine

from pipeline.folder import RunFolder
from pipeline.handover import GateInput, as_json, from_json
from pipeline.names import slug
from reindex.client import connect, options
from reindex.copying.copy import Copying
from reindex.copying.wait import wait_for_copy
from reindex.flow import CoursesFlow, Writes
from reindex.handover import (
    AppliedWrites,
    CheckedCluster,
    ComparedDocuments,
    CopiedDocuments,
    CreatedIndex,
    KeptSnapshot,
    SwappedAlias,
)
from reindex.keeping import lock
from reindex.plan import Plan
from reindex.settings import ClusterSettings, ReindexSettings
from tests import gates


class Flow:
    """One run on one served index.

    cluster: with the product's own rights. folder: for what the steps leave each other.
    engine: of the database that the gates write their history to; None: the gates are left out.
    writes: what writers get during the copy. connect: makes the client of a step.
    """

    def __init__(
        self,
        cluster: ClusterSettings,
        settings: ReindexSettings,
        folder: Path,
        *,
        run: str,
        engine: Engine | None = None,
        ended: Callable[[lock.Holder], bool] = lock.never,
        writes: Writes = "catch_up",
        connect: Callable[[ClusterSettings], AbstractContextManager[Elasticsearch]] = connect,
    ) -> None:
        self.cluster = cluster
        self.connect = connect
        self.settings = settings
        self.folder = folder / slug(run)
        self.run = run
        self.engine = engine
        self.ended = ended
        self.writes = writes

    def run_all(self, *, until: str | None = None) -> None:
        """Every step in order, up to and with `until`."""
        for name in STEPS:
            self.step(name)
            if name == until:
                return

    def step(self, name: str) -> None:
        """One step, as a task (or its retry) runs it. Raises GateClosed."""
        with self.connect(self.cluster) as client:
            flow = CoursesFlow(client, self.settings, self.run, RunFolder(str(self.folder)))
            result = STEPS[name](self, flow)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{name}.json").write_text(json.dumps(result))

    def left(self, name: str) -> dict[str, Any]:
        """What a step left, as a task's XCom holds it."""
        found: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text())
        return found

    def plan(self) -> Plan:
        """The plan of the run."""
        return from_json(CheckedCluster, self.left("check_cluster")).plan

    def swapped(self) -> SwappedAlias:
        """What the swap left."""
        return from_json(SwappedAlias, self.left("swap_alias"))

    def created(self) -> CreatedIndex:
        """What the creation of the candidate left."""
        return from_json(CreatedIndex, self.left("create_index"))

    def gate(self, name: str, behind: str) -> Mapping[str, Any]:
        """Run a gate on what a step left, and pass that on."""
        result = self.left(behind)
        if self.engine is not None:
            looked_at = from_json(GateInput, result["gate"])
            quality = self.folder / "quality"
            gates.check(name, looked_at, run=self.run, engine=self.engine, quality=quality)
        return result

    def copy(self, flow: CoursesFlow) -> CopiedDocuments:
        """Have the server copy, and wait for it."""
        created = self.created()
        copied = None
        while copied is None:
            copying = flow.start_copy(created)
            waited_for(self.cluster, copying)
            copied = flow.copy_documents(created, copying)
        return copied


def waited_for(cluster: ClusterSettings, copying: Copying) -> None:
    """Wait for a copy on an event loop, as the triggerer does."""

    async def wait() -> None:
        async with AsyncElasticsearch(**options(cluster)) as client:
            await wait_for_copy(client, copying, show=lambda _: None, warn=lambda _: None)

    asyncio.run(wait())


STEPS: dict[str, Callable[[Flow, CoursesFlow], Mapping[str, Any]]] = {
    "release_stale": lambda run, flow: as_json(flow.release_stale(ended=run.ended)),
    "check_cluster": lambda _, flow: as_json(flow.check_cluster()),
    "check_courses_source": lambda run, _: run.gate("courses_source", behind="check_cluster"),
    "snapshot_before": lambda run, flow: as_json(
        flow.snapshot_before(from_json(CheckedCluster, run.left("check_courses_source")))
    ),
    "create_index": lambda run, flow: as_json(
        flow.create_index(from_json(KeptSnapshot, run.left("snapshot_before")), writes=run.writes)
    ),
    "copy_documents": lambda run, flow: as_json(run.copy(flow)),
    "catch_up": lambda run, flow: as_json(
        flow.catch_up(from_json(CopiedDocuments, run.left("copy_documents")))
    ),
    "compare_documents": lambda run, flow: as_json(
        flow.compare_documents(from_json(AppliedWrites, run.left("catch_up")))
    ),
    "check_courses_reindexed": lambda run, _: run.gate("courses_reindexed", behind="compare_documents"),
    "swap_alias": lambda run, flow: as_json(
        flow.swap_alias(from_json(ComparedDocuments, run.left("check_courses_reindexed")))
    ),
    "prune_indices": lambda _, flow: as_json(flow.prune_indices()),
    "prune_snapshots": lambda _, flow: as_json(flow.prune_snapshots()),
    "release": lambda _, flow: as_json(flow.release()),
}
"""The steps of the DAG `reindex_weekly`, in its order."""
