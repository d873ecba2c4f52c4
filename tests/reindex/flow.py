"""The whole flow of a run without Airflow, step by step; what a step returns is on disk for the next one."""

import dataclasses
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch
from sqlalchemy import Engine

from reindex.keeping import lock
from reindex.plan import Plan
from reindex.settings import ReindexSettings

Facts = dict[str, Any]


class GateClosedError(Exception):
    """The gate of the flow closed: nothing was swapped."""


class Flow:
    """One run on one served index.

    connect: makes a client with the product's own rights. folder: for what the steps leave each other.
    engine: of the database that the gate writes its history to; None: the gate is left out.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractContextManager[Elasticsearch]],
        settings: ReindexSettings,
        folder: Path,
        *,
        run: str,
        engine: Engine | None = None,
        ended: Callable[[lock.Holder], bool] = lock.never,
    ) -> None:
        self.connect = connect
        self.settings = settings
        self.folder = folder / run.replace("/", "-")
        self.run = run
        self.engine = engine
        self.ended = ended

    def run_all(self, *, until: str | None = None) -> Facts:
        """Every step in order, up to and with `until`; returns what the last one left."""
        for name in STEPS:
            facts = self.step(name)
            if name == until:
                break
        return facts

    def step(self, name: str) -> Facts:
        """One step, as a task (or its retry) runs it; what it returns is added to the facts of the run."""
        with self.connect() as client:
            facts = {**self.facts(), **STEPS[name](self, client)}
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "facts.json").write_text(json.dumps(facts))
        return facts

    def facts(self) -> Facts:
        """What the steps so far have left."""
        path = self.folder / "facts.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def plan(self) -> Plan:
        """The plan of the run."""
        return Plan.of(self.facts())

    def _release_stale(self, client: Elasticsearch) -> Facts:
        from reindex.keeping.release import release_stale

        release_stale(client, self.settings.index, owner=self.run, ended=self.ended)
        return {}

    def _check_cluster(self, client: Elasticsearch) -> Facts:
        from reindex.checks.cluster import check_cluster

        return check_cluster(client, self.settings, run=self.run).facts()

    def _snapshot_before(self, client: Elasticsearch) -> Facts:
        from reindex.keeping.snapshots import snapshot

        return {"snapshot": snapshot(client, self.plan(), self.settings.repository).name}

    def _create_index(self, client: Elasticsearch) -> Facts:
        from reindex.index.checkpoints import checkpoints
        from reindex.index.indices import create_index

        plan = self.plan()
        created = create_index(client, plan, checkpoints=checkpoints(client, plan.source))
        return {"checkpoints": dict(created.checkpoints)}

    def _copy_documents(self, client: Elasticsearch) -> Facts:
        from reindex.copying.copy import copy

        copied = copy(client, self.plan(), hours=self.settings.copy_hours, every=0.05)
        return {"copied": copied.total}

    def _catch_up(self, client: Elasticsearch) -> Facts:
        from reindex.copying.catch_up import catch_up
        from reindex.index.indices import ready

        caught_up = catch_up(client, self.plan(), checkpoints=self.facts()["checkpoints"])
        ready(client, self.plan())
        return {"checkpoints": dict(caught_up.checkpoints), "caught_up": caught_up.written}

    def _compare_documents(self, client: Elasticsearch) -> Facts:
        from reindex.comparing.compare import compare
        from reindex.comparing.gate_batches import reindexed_batch
        from reindex.index.indices import mapping_differences

        plan = self.plan()
        comparison = compare(client, plan, checkpoints=self.facts()["checkpoints"])
        return reindexed_batch(comparison, mapping_differences(client, plan.target), str(self.folder))

    def _check_courses_reindexed(self, client: Elasticsearch) -> Facts:
        if self.engine is not None:
            from gx.gate import run_gate
            from gx.settings import QualitySettings
            from gx.suites import load

            facts = self.facts()
            report = run_gate(
                "courses_reindexed",
                str(facts["batch"]),
                run=self.run,
                facts={name: facts[name] for name in load("courses_reindexed").facts},
                thresholds={},
                settings=QualitySettings(path=str(self.folder / "quality")),
                engine=self.engine,
                history=self.engine,
            )
            if not report.passed:
                raise GateClosedError(report.summary)
        return {}

    def _swap_alias(self, client: Elasticsearch) -> Facts:
        from reindex.swapping.swap import swap

        facts = self.facts()
        swapped = swap(
            client,
            self.plan(),
            settings=self.settings,
            checkpoints=facts["checkpoints"],
            lost=facts["missing"],
        )
        return {"swapped": dataclasses.asdict(swapped)}

    def _prune_indices(self, client: Elasticsearch) -> Facts:
        from reindex.keeping.prune import prune_indices

        prune_indices(client, self.settings.index, keep=self.settings.keep_indices)
        return {}

    def _prune_snapshots(self, client: Elasticsearch) -> Facts:
        from reindex.keeping.prune import prune_snapshots

        settings = self.settings
        prune_snapshots(client, settings.index, settings.repository, keep=settings.keep_snapshots)
        return {}

    def _release(self, client: Elasticsearch) -> Facts:
        from reindex.keeping.release import release

        release(client, self.settings.index, owner=self.run)
        return {}


STEPS: dict[str, Callable[[Flow, Elasticsearch], Facts]] = {
    "release_stale": Flow._release_stale,
    "check_cluster": Flow._check_cluster,
    "snapshot_before": Flow._snapshot_before,
    "create_index": Flow._create_index,
    "copy_documents": Flow._copy_documents,
    "catch_up": Flow._catch_up,
    "compare_documents": Flow._compare_documents,
    "check_courses_reindexed": Flow._check_courses_reindexed,
    "swap_alias": Flow._swap_alias,
    "prune_indices": Flow._prune_indices,
    "prune_snapshots": Flow._prune_snapshots,
    "release": Flow._release,
}
"""The steps of the DAG `reindex_weekly`, in its order."""
