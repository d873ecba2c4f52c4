"""Whole runs on a platform's index, and what their index is made of."""

from collections.abc import Callable
from typing import Any

from elasticsearch import Elasticsearch

from reindex.index import indices, kept
from tests.reindex.flow import STEPS, Flow

NewRun = Callable[..., Flow]


def run_from(run: Flow, step: str, *, until: str | None = None) -> None:
    """The steps from one on."""
    for name in list(STEPS)[list(STEPS).index(step) :]:
        run.step(name)
        if name == until:
            return


def made_of(admin: Elasticsearch, index: str) -> tuple[Any, Any]:
    """Mapping and settings of an index without what the server makes."""
    found = kept.served(admin, index)
    return found.mapping, {**found.settings, kept.TIER: None}


def meta_of_others(admin: Elasticsearch, index: str) -> dict[str, Any]:
    return {k: v for k, v in indices.meta_of(admin, index).items() if k not in indices.OURS}
