"""A rebuild keeps what is served: mapping and settings are the source's, but for a change on purpose."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reindex.client import plain_errors
from reindex.errors import IndexConflictError
from reindex.index.blueprint import Blueprint, Difference, changes, differences
from reindex.index.creatable import made_by_server, uncreatable
from reindex.index.mapping_change import MappingChange, changed
from reindex.index.served import resolve
from reindex.index.tombstones import SETTING as GC_DELETES
from reindex.plan import Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

REPLICAS, EXPAND = "index.number_of_replicas", "index.auto_expand_replicas"
AT_READY = (REPLICAS, EXPAND, "index.refresh_interval")
"""Given when everything is copied: what nobody searches needs no copies and no refreshes."""
PIPELINES = ("index.default_pipeline", "index.final_pipeline")
"""Given in the swap: documents that are copied have run through them when they were written."""
BY_VERSION = ("index.mapping.exclude_source_vectors",)
"""Their defaults depend on the version that made an index: carried although nobody has set them."""
TIER = "index.routing.allocation.include._tier_preference"
"""The server gives it to every index that says nothing else."""


def served(client: "Elasticsearch", index: str) -> Blueprint:
    """What an index is made of, as another one can be made: without what the server makes, and `_meta`."""
    with plain_errors(f"index {index}"):
        mapping = client.indices.get_mapping(index=index)[index]["mappings"]
    found = _settings(client, index)
    return Blueprint(
        {name: value for name, value in mapping.items() if name != "_meta"},
        {name: value for name, value in found.items() if not uncreatable(name, value)},
    )


def left_out(client: "Elasticsearch", index: str) -> list[str]:
    """Settings of an index that no other one can be created with, as `name: value`."""
    found = _settings(client, index)
    return [f"{name}: {value}" for name, value in sorted(found.items()) if uncreatable(name, value)]


def planned(client: "Elasticsearch", plan: Plan) -> Blueprint:
    """What the target is to be when it is served, as far as the source is what it was."""
    blueprint = changed(served(client, plan.source), plan.change)
    chosen = (plan.change.settings if plan.change else {}).get(REPLICAS)
    return Blueprint(blueprint.mapping, {**blueprint.settings, REPLICAS: chosen or str(plan.replicas)})


def at_first(blueprint: Blueprint) -> dict[str, Any]:
    """The settings with which the target is created: without replicas, refreshes and pipelines as yet."""
    later = {*AT_READY, *PIPELINES}
    return {name: value for name, value in blueprint.settings.items() if name not in later} | {REPLICAS: "0"}


def when_ready(client: "Elasticsearch", plan: Plan) -> dict[str, Any]:
    """The settings that the target gets when everything is copied; None: the server's default."""
    wanted = planned(client, plan).settings
    settings = {name: wanted.get(name) for name in AT_READY}
    if _expands(wanted):
        del settings[REPLICAS]
    return settings


def plan_lines(client: "Elasticsearch", plan: Plan) -> list[str]:
    """How the target is to differ from what is served, a line each; empty when it is to be the same."""
    return lines(client, plan.source, plan.change)


def lines(client: "Elasticsearch", index: str, change: MappingChange | None) -> list[str]:
    """As `plan_lines`, of an index that is served."""
    before = served(client, index)
    unmade = [f"left out {line}: no index can be created with it" for line in left_out(client, index)]
    return [*changes(before, changed(before, change)), *unmade]


def unlike_plan(client: "Elasticsearch", plan: Plan, *, made: bool = False) -> list[Difference]:
    """Where the target is not what the plan says, but for what only the swap gives it.

    made: it was just made, and is not ready yet.
    """
    wanted, there = planned(client, plan), served(client, plan.target)
    without = {*PIPELINES, *(AT_READY if made else (GC_DELETES,))}
    if TIER not in wanted.settings:
        without.add(TIER)
    if _expands(wanted.settings):
        without.add(REPLICAS)
    compared = (
        Blueprint(side.mapping, {k: v for k, v in side.settings.items() if k not in without})
        for side in (wanted, there)
    )
    return differences(*compared)


def without_pipelines(client: "Elasticsearch", plan: Plan) -> None:
    """Take back the pipelines that a swap has set and not come to its end: they must not run on a copy.

    Raises IndexConflictError when the target is served already, and they have to run.
    """
    if resolve(client, plan.served).index == plan.target:
        raise IndexConflictError(f"Run {plan.run} has swapped {plan.target} in already. Start a new run.")
    with plain_errors(f"index {plan.target}"):
        found = client.indices.get_settings(index=plan.target, flat_settings=True)[plan.target]["settings"]
        if any(name in found for name in PIPELINES):
            client.indices.put_settings(index=plan.target, settings=dict.fromkeys(PIPELINES))


def with_pipelines(client: "Elasticsearch", plan: Plan) -> None:
    """Give the target the pipelines of the plan, which run on what is written from now on.

    How long deletions are remembered comes with them, in case that a file changes it.

    Call it with writes blocked, and nothing left to copy.
    """
    wanted = changed(Blueprint({}, _settings(client, plan.source)), plan.change).settings
    pipelines = {name: wanted[name] for name in (*PIPELINES, GC_DELETES) if name in wanted}
    if pipelines:
        with plain_errors(f"index {plan.target}"):
            client.indices.put_settings(index=plan.target, settings=pipelines)


def _expands(settings: Mapping[str, Any]) -> bool:
    """Whether the server itself settles the number of replicas."""
    return str(settings.get(EXPAND, "false")) != "false"


def _settings(client: "Elasticsearch", index: str) -> dict[str, Any]:
    with plain_errors(f"index {index}"):
        answer = client.indices.get_settings(index=index, flat_settings=True, include_defaults=True)[index]
    defaults = {name: answer["defaults"][name] for name in BY_VERSION if name in answer["defaults"]}
    settings = {name: value for name, value in answer["settings"].items() if not made_by_server(name)}
    return defaults | settings
