"""Snapshots of the served index, with the proof that they hold it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import time
from typing import TYPE_CHECKING, Any

from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_exponential

from pipeline.errors import FatalError, RetriableError
from reindex.client import plain_errors, reason_of
from reindex.plan import OWNER, Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

HOURS = 4.0
FRESH_HOURS = 12.0
"""A run that is cleared days later takes another one: its first is not what stands before the swap."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 5.0
DELETE_SECONDS = 600.0
NAME_TAKEN = ("invalid_snapshot_name_exception", "snapshot_name_already_in_use_exception")
"""While it is written, and behind that; the first one says so of other names, too."""
SHARDS_AWAY = "snapshot_exception"


@dataclass(frozen=True)
class Snapshot:
    """One snapshot of our own.

    shards: how many it holds. source: the index it was taken of. started: milliseconds since 1970.
    missing: why it does not hold the source completely, or empty.
    """

    name: str
    state: str
    shards: int
    run: str
    source: str
    started: int
    missing: str

    @property
    def running(self) -> bool:
        """The server still writes it."""
        return self.state == "IN_PROGRESS"


def snapshot(client: "Elasticsearch", plan: Plan, repository: str, *, hours: float = HOURS) -> Snapshot:
    """A complete snapshot of the plan's source: the run's own one, or a new one. Waits for `hours` at most.

    Raises:
        RetriableError: it took too long, shards are away, or it came out partial (the retry deletes it
            and begins again).
        FatalError: the repository refuses it.
    """
    ours = [s for s in own_snapshots(client, plan.served, repository) if s.run == plan.run]
    oldest = (time() - 3600 * FRESH_HOURS) * 1000
    found = next((s for s in ours if s.source == plan.source and not s.missing and s.started > oldest), None)
    if found:
        return found
    going = next((s for s in ours if s.running and s.source == plan.source), None)
    for broken in (s for s in ours if s is not going and s.missing):
        delete(client, broken.name, repository)
    name = going.name if going else _begin(client, plan, repository)
    return _wait(client, name, repository, seconds=3600 * hours)


def own_snapshots(client: "Elasticsearch", served: str, repository: str) -> list[Snapshot]:
    """Our snapshots of a served name, newest first; foreign ones of a similar name are not among them."""
    with plain_errors(f"snapshot repository {repository}"):
        found = client.snapshot.get(
            repository=repository, snapshot=f"{served}-*", ignore_unavailable=True, index_names=True
        )["snapshots"]
    ours = [_read(document) for document in found if is_own(document, served)]
    return sorted(ours, key=lambda s: (s.started, s.name), reverse=True)


def is_own(document: Mapping[str, Any], served: str) -> bool:
    """Whether its metadata says that we made it of this served name."""
    metadata = document.get("metadata") or {}
    return bool(metadata.get("owner") == OWNER and metadata.get("served") == served)


def delete(client: "Elasticsearch", name: str, repository: str) -> None:
    """Delete one snapshot by its exact name; one that is gone is fine."""
    with plain_errors(f"snapshot {repository}/{name}"):
        patient = client.options(ignore_status=404, request_timeout=DELETE_SECONDS)
        patient.snapshot.delete(repository=repository, snapshot=name)


def missing_from(document: Mapping[str, Any], source: str) -> str:
    """Why a snapshot, as the server describes it, does not hold the source completely; empty when it does.

    A state of SUCCESS is no proof: a wildcard that matches nothing gives it with no index inside.
    """
    shards = document.get("shards") or {}
    if document["state"] != "SUCCESS":
        return f"its state is {document['state']}"
    if source not in document["indices"]:
        return f"{source} is not in it ({len(document['indices'])} indices are)"
    if shards.get("failed") != 0:
        return f"{shards.get('failed')} of {shards.get('total')} shards failed"
    if not shards.get("successful"):
        return "it holds no shard"
    return ""


def _read(document: Mapping[str, Any]) -> Snapshot:
    metadata = document["metadata"]
    return Snapshot(
        name=document["snapshot"],
        state=document["state"],
        shards=(document.get("shards") or {}).get("successful", 0),
        run=metadata.get("run", ""),
        source=metadata.get("source", ""),
        started=document.get("start_time_in_millis", 0),
        missing=missing_from(document, metadata.get("source", "")),
    )


def _begin(client: "Elasticsearch", plan: Plan, repository: str) -> str:
    """Name of the snapshot that the server has begun."""
    from elasticsearch import ApiError

    name = _name(plan, datetime.now(UTC))
    with plain_errors(f"snapshot {repository}/{name}"):
        try:
            client.snapshot.create(
                repository=repository,
                snapshot=name,
                indices=plan.source,
                include_global_state=False,
                feature_states=["none"],
                metadata={"owner": OWNER, "served": plan.served, "run": plan.run, "source": plan.source},
                wait_for_completion=False,
            )
        except ApiError as error:
            if error.error == SHARDS_AWAY:
                raise RetriableError(
                    f"Snapshot {repository}/{name} cannot be made ({reason_of(error)})."
                ) from error
            # The client sent it twice after a time-out: the first one counts.
            if error.error not in NAME_TAKEN or "already" not in str(error.body):
                raise
    return name


def _wait(client: "Elasticsearch", name: str, repository: str, *, seconds: float) -> Snapshot:
    looks = Retrying(
        retry=retry_if_result(lambda found: found.running),
        wait=wait_exponential(multiplier=FIRST_PAUSE_SECONDS, max=LONGEST_PAUSE_SECONDS),
        stop=stop_after_delay(seconds),
    )
    try:
        found = looks(_get, client, name, repository)
    except RetryError:
        raise RetriableError(
            f"Snapshot {repository}/{name} is still being written. The retry goes on waiting for it."
        ) from None
    if found.missing:
        raise RetriableError(
            f"Snapshot {repository}/{name} is not complete: {found.missing}. The retry makes it again."
        )
    return found


def _get(client: "Elasticsearch", name: str, repository: str) -> Snapshot:
    with plain_errors(f"snapshot {repository}/{name}"):
        answer = client.options(ignore_status=404).snapshot.get(
            repository=repository, snapshot=name, index_names=True
        )
    if answer.meta.status == 404:
        raise FatalError(f"Snapshot {repository}/{name} is gone: who deleted it? Start the run again.")
    return _read(answer["snapshots"][0])


def _name(plan: Plan, now: datetime) -> str:
    run = hashlib.sha256(plan.run.encode()).hexdigest()[:8]
    return f"{plan.served}-{now:%Y%m%d%H%M%S}-{run}"
