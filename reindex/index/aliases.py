"""Aliases: what stands on an index, and moving all of it to another one in a single call."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from reindex.client import plain_errors
from reindex.errors import IndexConflictError, SwapError

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

GRACE = 5.0


def aliases_of(client: "Elasticsearch", index: str) -> dict[str, dict[str, Any]]:
    """The aliases of an index with their filter, routing, is_write_index and is_hidden, where they are set.

    Those that the API key may not touch are among them (`get_alias` would leave them out).
    """
    with plain_errors(f"index {index}"):
        found = client.indices.get(index=index, filter_path="*.aliases")[index]
    return cast("dict[str, dict[str, Any]]", found["aliases"])


def refuse_inherited(client: "Elasticsearch", index: str) -> None:
    """Delete an index that was just made, if a template of the cluster has put it behind an alias.

    Raises:
        IndexConflictError: it has; readers of the alias would have seen it.
    """
    inherited = aliases_of(client, index)
    if not inherited:
        return
    with plain_errors(f"index {index}"):
        client.indices.delete(index=index)
    raise IndexConflictError(
        f"A template of the cluster puts every new index {index} behind {', '.join(sorted(inherited))}; the "
        "index was deleted again. Take the aliases out of it (GET _index_template), then start again."
    )


def moves(
    source: str, target: str, aliases: Mapping[str, Mapping[str, Any]], *, delete_source: bool = False
) -> list[dict[str, Any]]:
    """Actions of one `update_aliases` call that give `target` what stands on `source`.

    delete_source: the source goes in the same call, and its aliases with it.
    """
    removals: list[dict[str, Any]] = (
        [{"remove_index": {"index": source}}]
        if delete_source
        else [{"remove": {"index": source, "alias": alias, "must_exist": True}} for alias in aliases]
    )
    return removals + [
        {"add": {"index": target, "alias": alias, **properties}} for alias, properties in aliases.items()
    ]


def update(client: "Elasticsearch", actions: list[dict[str, Any]], *, seconds: float) -> None:
    """Apply alias actions, all of them or none.

    seconds: the server drops them when they still wait in its queue after these, and the client waits a
    little longer: an answer that never comes does not mean that they are applied later.

    Raises:
        SwapError: the server did not, or only some of them.
        FatalError: an alias or index is missing; nothing was changed.
    """
    with plain_errors("aliases"):
        answer = client.options(max_retries=0, request_timeout=seconds + GRACE).indices.update_aliases(
            actions=actions, master_timeout=f"{seconds:.0f}s", timeout=f"{seconds:.0f}s"
        )
    refuse_errors(answer.body)


def refuse_errors(answer: Mapping[str, Any]) -> None:
    """Look at what `update_aliases` answered: it says `acknowledged` even where single actions failed.

    Raises:
        SwapError: it was not acknowledged, or an action failed.
    """
    failed = [
        f"{result['action']['type']} {', '.join(result['action']['aliases'])}: {result['error']['reason']}"
        for result in answer.get("action_results", ())
        if "error" in result
    ]
    if failed or answer.get("errors") or not answer.get("acknowledged"):
        reason = "; ".join(failed) or "the cluster did not acknowledge it in time"
        raise SwapError(f"The aliases were not all moved ({reason}). Compare GET _cat/aliases with the plan.")
