"""What the command line shows: lines of plain text, made from what the cluster says."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reindex.checks.disk import readable
from reindex.client import plain_errors
from reindex.copying import copy
from reindex.index import blocks, indices
from reindex.index.served import resolve
from reindex.keeping import lock, release, snapshots

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from reindex.checks.cluster import Finding
    from reindex.plan import Plan
    from reindex.settings import ReindexSettings


def finding_line(finding: "Finding") -> str:
    """One check and what it found."""
    says = finding.says.replace("\n", f"\n{'':<25}")
    return f"{'refused' if finding.refusal else 'ok':<8} {finding.check:<13} {says}"


def plan_lines(plan: "Plan", settings: "ReindexSettings") -> Iterator[str]:
    """What a run would do."""
    yield f"The next run would copy {plan.documents:,} documents ({readable(plan.bytes)})"
    yield f"  from      {plan.source}"
    yield f"  to        {plan.target} ({plan.shards} shards, {plan.replicas} replicas)"
    yield f"  snapshot  in {settings.repository}, before anything else"
    if plan.concrete:
        yield f"  migrate   {plan.served} is an index: its data is kept in {indices.archive_of(plan)}"
    yield f"  swap      {plan.served} → {plan.target}, when its gate has passed"
    yield f"  keep      {settings.keep_indices} indices and {settings.keep_snapshots} snapshots"


def status_lines(client: "Elasticsearch", settings: "ReindexSettings") -> Iterator[str]:
    """What is served, what else there is, and who is at work."""
    served = resolve(client, settings.index)
    own = indices.own_indices(client, settings.index)
    states = {index.name: f"{index.state}, made by {index.run}" for index in own}
    kind = "an index of that name" if served.concrete else "alias"
    yield f"{settings.index} → {served.index} ({kind})"
    yield f"  {index_line(client, served.index)}, {states.get(served.index, 'not made by us')}"
    yield "our other indices"
    others = [index for index in own if index.name != served.index]
    for index in reversed(others):
        yield f"  {index.name}: {index_line(client, index.name)}, {states[index.name]}"
    if not others:
        yield "  none"
    yield from work_lines(client, settings.index)
    yield from snapshot_lines(client, settings)


def index_line(client: "Elasticsearch", index: str) -> str:
    """Documents, size and write block of one index."""
    with plain_errors(f"index {index}"):
        stats = client.indices.stats(index=index, metric=["docs", "store"])["_all"]["primaries"]
    writes = "refuses writes" if blocks.blocked(client, index) else "takes writes"
    size = readable(stats["store"]["size_in_bytes"])
    return f"{stats['docs']['count']:,} documents, {size}, {writes}"


def snapshot_lines(client: "Elasticsearch", settings: "ReindexSettings") -> Iterator[str]:
    """Our snapshots, newest first."""
    yield f"our snapshots in {settings.repository}"
    found = snapshots.own_snapshots(client, settings.index, settings.repository)
    for snapshot in found:
        quality = f"incomplete: {snapshot.missing}" if snapshot.missing else f"{snapshot.shards} shards"
        yield f"  {snapshot.name}: {snapshot.state} of {snapshot.source}, {quality}"
    if not found:
        yield "  none"


def work_lines(client: "Elasticsearch", served: str) -> Iterator[str]:
    """The lock's holder and the copies that run."""
    holder = lock.holder(client, served)
    until = f" until {holder.until} at the latest" if holder and holder.until else ""
    yield f"lock: held by {holder.owner} since {holder.since}{until}" if holder else "lock: free"
    tasks = release.copies(client, served)
    for task, run in tasks.items():
        yield f"copy {task} of {run}: {copy.progress(client, task).describe()}"
    if not tasks:
        yield "copy: none runs"
