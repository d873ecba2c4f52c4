"""Our indices: their names, how they are made, and the `_meta` in which each carries its run and state."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NoReturn, cast

from reindex.client import plain_errors, reason_of
from reindex.errors import IndexConflictError
from reindex.index import aliases, kept
from reindex.plan import OWNER, Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

State = Literal["candidate", "validated", "failed"]

NEXT_STATES: dict[str, set[str]] = {
    "candidate": {"validated", "failed"},
    "failed": {"candidate", "validated"},
    "validated": set(),
}
"""A failed candidate may be resumed; what was served once stays validated."""

OURS = ("owner", "served", "run", "source", "state", "created_at", "checkpoints", "swap", "left")
"""The keys that we write into a `_meta`; all others are somebody else's."""

CREATE_SECONDS = 60.0
"""How long the client waits; the server gives up after 30 s."""


@dataclass(frozen=True)
class Own:
    """An index that one of our runs made.

    previous: what was served before this one, once it has been swapped in. swapped: last `_seq_no` of each of
    its own shards at that moment. left: by the last rollback from it, with `to`, `at` and `written_since`.
    """

    name: str
    number: int
    run: str
    state: State
    previous: str | None
    swapped: Mapping[str, int] | None
    left: Mapping[str, Any] | None


@dataclass(frozen=True)
class Created:
    """resumed: an earlier try had made the target. checkpoints: from before the copy's first document."""

    resumed: bool
    checkpoints: Mapping[str, int]


def name(served: str, number: int) -> str:
    """Name of the index with this number: courses, 7 → courses-000007."""
    return f"{served}-{number:06d}"


def number_of(served: str, index: str) -> int | None:
    """The number in the name of an index; None when it is not one of `served`."""
    found = re.fullmatch(rf"{re.escape(served)}-(\d{{6,}})", index)
    return int(found[1]) if found else None


def own_indices(client: "Elasticsearch", served: str) -> list[Own]:
    """Our indices of a served name, oldest number first; nobody else's is among them."""
    pattern = f"{served}-*"
    with plain_errors(f"indices {pattern}"):
        metas = client.indices.get_mapping(
            index=pattern, expand_wildcards="all", filter_path="*.mappings._meta"
        )
    owned = [
        _own(served, index, found["mappings"]["_meta"])
        for index, found in metas.items()
        if number_of(served, index) is not None and _is_ours(found["mappings"]["_meta"], served)
    ]
    return sorted(owned, key=lambda own: own.number)


def next_target(client: "Elasticsearch", served: str, *, run: str) -> str:
    """Name of the index that a run makes or, when it was interrupted, has made.

    Numbers go on from our own indices and the served one. Where the served name is an index itself, the
    number before the target's is left for its archive.

    Raises:
        IndexConflictError: somebody else has an index (or alias) of that name.
    """
    own = own_indices(client, served)
    if made := [index.name for index in own if index.run == run]:
        return made[-1]
    with plain_errors(f"index {served}"):
        behind = client.indices.get(
            index=served, ignore_unavailable=True, filter_path="*.settings.index.uuid"
        )
    numbers = [index.number for index in own] + [number_of(served, index) or 0 for index in behind]
    last = max(numbers, default=0)
    wanted = [name(served, last + number) for number in ((1, 2) if served in behind else (1,))]
    with plain_errors(f"index {wanted[-1]}"):
        for index in wanted:
            if client.indices.exists(index=index, expand_wildcards="all"):
                raise _taken(index)
    return wanted[-1]


def archive_of(plan: Plan) -> str:
    """Name of the index that keeps what is served now: the source, or its clone when that must go."""
    number = number_of(plan.served, plan.target)
    return name(plan.served, number - 1) if plan.concrete and number else plan.source


def create_index(client: "Elasticsearch", plan: Plan, *, checkpoints: Mapping[str, int]) -> Created:
    """Make the target as the plan says, without replicas until `ready`; or find it again.

    checkpoints: of the source, read before this call; those of an interrupted first attempt win.

    Raises:
        IndexConflictError: an index of that name is not this run's, the run has swapped already, a template
            of the cluster would have published the index, or the server makes it in another way.
    """
    with plain_errors(f"index {plan.target}"):
        there = client.indices.exists(index=plan.target, expand_wildcards="all")
    if there:
        return _resumed(client, plan)
    _make(client, plan, checkpoints)
    aliases.refuse_inherited(client, plan.target)
    if unlike := kept.unlike_plan(client, plan, made=True):
        _unmake(client, plan, [each.line for each in unlike])
    return Created(resumed=False, checkpoints=dict(checkpoints))


def _make(client: "Elasticsearch", plan: Plan, checkpoints: Mapping[str, int]) -> None:
    from elasticsearch import BadRequestError

    blueprint, beside = kept.planned(client, plan), meta_of(client, plan.source)
    meta = new_meta(plan, state="candidate", checkpoints=checkpoints, beside=beside)
    with plain_errors(f"index {plan.target}"):
        try:
            # Sent twice after a time-out, the second would find the index of the first.
            client.options(max_retries=0, request_timeout=CREATE_SECONDS).indices.create(
                index=plan.target,
                mappings={**blueprint.mapping, "_meta": meta},
                # Nobody searches it yet, and the server refreshes what nobody searches as little as it likes:
                # one large refresh at the end takes longer.
                settings=kept.at_first(blueprint),
            )
        except BadRequestError as error:
            raise IndexConflictError(
                f"Elasticsearch does not make {plan.target} with the mapping and settings of {plan.source}: "
                f"{reason_of(error)}. Say in the file of REINDEX_MAPPING what is to be in another way."
            ) from error


def _unmake(client: "Elasticsearch", plan: Plan, unlike: list[str]) -> NoReturn:
    with plain_errors(f"index {plan.target}"):
        client.indices.delete(index=plan.target)
    raise IndexConflictError(
        f"{plan.target} was not made as the plan says ({'; '.join(unlike[:5])}), and was deleted again: a "
        "template of the cluster adds to it (GET _index_template), or the file of REINDEX_MAPPING writes it "
        "in another way than the server, or leaves out what the server adds."
    )


def ready(client: "Elasticsearch", plan: Plan) -> None:
    """Give the copied target its replicas and the source's refreshes; everything in it is searchable then."""
    settings = kept.when_ready(client, plan)
    with plain_errors(f"index {plan.target}"):
        client.indices.put_settings(index=plan.target, settings=settings)
        client.indices.refresh(index=plan.target)


def set_state(client: "Elasticsearch", index: str, state: State) -> None:
    """Write a new state into the `_meta` of one of our indices; the same one again changes nothing.

    Raises:
        IndexConflictError: the index is not ours, or its state does not lead there.
    """
    meta = meta_of(client, index)
    if meta.get("owner") != OWNER:
        raise IndexConflictError(f"Index {index} was not made by this product; its state stays as it is.")
    if meta["state"] == state:
        return
    if state not in NEXT_STATES.get(meta["state"], set()):
        raise IndexConflictError(f"Index {index} is {meta['state']} and cannot become {state}.")
    put_meta(client, index, {**meta, "state": state})


def meta_of(client: "Elasticsearch", index: str) -> dict[str, Any]:
    """The `_meta` of an index; empty when it has none."""
    with plain_errors(f"index {index}"):
        found = client.indices.get_mapping(index=index)[index]
    return cast("dict[str, Any]", found["mappings"].get("_meta", {}))


def put_meta(client: "Elasticsearch", index: str, meta: Mapping[str, Any]) -> None:
    """Replace the `_meta` of an index (the server never merges it)."""
    with plain_errors(f"index {index}"):
        client.indices.put_mapping(index=index, meta=meta)


def new_meta(
    plan: Plan, *, state: State, checkpoints: Mapping[str, int], beside: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The `_meta` of an index that this run makes.

    beside: the `_meta` of its source. What an earlier run of ours wrote there is not carried; somebody else's
    keys are, and stand in `theirs` where we have one of that name.
    """
    return {
        **_theirs(beside or {}),
        "owner": OWNER,
        "served": plan.served,
        "run": plan.run,
        "source": plan.source,
        "state": state,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "checkpoints": dict(checkpoints),
    }


def _theirs(meta: Mapping[str, Any]) -> dict[str, Any]:
    others = {key: value for key, value in meta.items() if key not in OURS}
    named_alike = {key: value for key, value in meta.items() if key in OURS}
    if named_alike and meta.get("owner") != OWNER:
        others["theirs"] = named_alike
    return others


def _resumed(client: "Elasticsearch", plan: Plan) -> Created:
    meta = meta_of(client, plan.target)
    if not _is_ours(meta, plan.served) or meta["run"] != plan.run:
        raise _taken(plan.target)
    if meta["state"] == "validated":
        raise IndexConflictError(f"Run {plan.run} has swapped {plan.target} in already. Start a new run.")
    if meta["source"] != plan.source:
        raise IndexConflictError(
            f"{plan.target} is a copy of {meta['source']}, and {plan.source} is served now: another run has "
            "swapped since. Start a new run."
        )
    set_state(client, plan.target, "candidate")
    return Created(resumed=True, checkpoints=meta["checkpoints"])


def _taken(index: str) -> IndexConflictError:
    return IndexConflictError(
        f"There is an index (or alias) {index} already, and this run did not make it. "
        "Delete or rename it if nobody needs it, then start again."
    )


def _is_ours(meta: Mapping[str, Any], served: str) -> bool:
    return meta.get("owner") == OWNER and meta.get("served") == served


def _own(served: str, index: str, meta: Mapping[str, Any]) -> Own:
    swap = meta.get("swap") or {}
    return Own(
        name=index,
        number=cast("int", number_of(served, index)),
        run=meta["run"],
        state=meta["state"],
        previous=swap.get("previous"),
        swapped=swap.get("checkpoints"),
        left=meta.get("left"),
    )
