"""Runs on the served index, with a file of changes or without one."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from reindex.settings import ReindexSettings
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.flow import Flow
from tests.reindex.kept.runs import NewRun


@pytest.fixture
def new_run(elasticsearch: RunningElasticsearch, served: str, engine: Engine, tmp_path: Path) -> NewRun:
    """`new_run("run-1", change={…})`: a run on the served index, with a file of REINDEX_MAPPING."""

    def new_run(run: str, *, change: Mapping[str, Any] | None = None, **options: Any) -> Flow:
        file = tmp_path / "change.json"
        if change is not None:
            file.write_text(json.dumps(change))
        settings = ReindexSettings(index=served, mapping=None if change is None else str(file))
        return Flow(elasticsearch.cluster_for(served), settings, tmp_path, run=run, engine=engine, **options)

    return new_run
