"""Whether the cluster can take the copy: every check of it comes before anything changes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from reindex.checks import disk
from reindex.checks.access import CLUSTER_PRIVILEGES, INDEX_PRIVILEGES
from reindex.checks.mapping import check_mapping, settled_change
from reindex.client import count, plain_errors, reason_of, refuse_old
from reindex.errors import ClusterUnfitError, IndexConflictError, QueriesError
from reindex.index import aliases, indices
from reindex.index.served import Served, resolve
from reindex.plan import Plan
from reindex.queries import file

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from reindex.settings import ReindexSettings

MOVE_ALIAS = "indices:admin/aliases"
HEALTH_SECONDS = 10
"""A node that has just come up gets these to find its shards."""


class _Size(NamedTuple):
    shards: int
    replicas: int
    documents: int
    bytes: int

    @property
    def on_disk(self) -> int:
        """Bytes with the replicas."""
        return self.bytes * (1 + self.replicas)


@dataclass(frozen=True)
class Finding:
    """What one check found; refusal: the error when the run must not start, else None."""

    check: str
    says: str
    refusal: ClusterUnfitError | IndexConflictError | QueriesError | None = None


def check_cluster(client: "Elasticsearch", settings: "ReindexSettings", *, run: str) -> Plan:
    """The plan of a run, after every check has passed.

    Raises:
        ClusterUnfitError: too old, red, a privilege missing, too little disk, the repository missing or
            read-only.
        IndexConflictError: the served name is not one index with documents, or the next name is taken.
        QueriesError: the file with the queries is missing or broken.
        MappingFileError: the file of REINDEX_MAPPING is broken, or takes away what it does not name.
    """
    for finding in findings(client, settings, run=run):
        if finding.refusal:
            raise finding.refusal
    return make_plan(client, settings, run=run)


def findings(client: "Elasticsearch", settings: "ReindexSettings", *, run: str) -> Iterator[Finding]:
    """One finding a check, in order; those that need the served index are left out when there is none."""
    yield _finding("version", lambda: check_version(client))
    yield _finding("health", lambda: check_health(client))
    yield _finding("privileges", lambda: check_privileges(client, settings.index))
    served = _finding("served name", lambda: _describe(settings.index, resolve(client, settings.index)))
    yield served
    if not served.refusal:
        yield _finding("documents", lambda: check_documents(client, settings.index))
        yield _finding("aliases", lambda: check_aliases(client, settings.index))
        yield _finding("next index", lambda: check_target(client, settings.index, run=run))
        yield _finding("mapping", lambda: _check_mapping(client, settings))
        yield _finding("disk", lambda: check_disk(client, settings))
    yield _finding("repository", lambda: check_repository(client, settings.repository))
    yield _finding("queries", lambda: check_queries(settings.queries))


def _finding(check: str, run_check: Callable[[], str]) -> Finding:
    try:
        return Finding(check, run_check())
    except (ClusterUnfitError, IndexConflictError, QueriesError) as refusal:
        return Finding(check, str(refusal), refusal)


def _describe(name: str, served: Served) -> str:
    return (
        f"{name} is an index; the first swap migrates it" if served.concrete else f"{name} → {served.index}"
    )


def make_plan(client: "Elasticsearch", settings: "ReindexSettings", *, run: str) -> Plan:
    """The plan of a run on a cluster that was checked."""
    source = resolve(client, settings.index)
    size = _size(client, source.index)
    return Plan(
        run=run,
        served=settings.index,
        source=source.index,
        target=indices.next_target(client, settings.index, run=run),
        concrete=source.concrete,
        shards=size.shards,
        replicas=size.replicas,
        documents=size.documents,
        bytes=size.bytes,
        change=settled_change(client, source.index, settings),
    )


def _check_mapping(client: "Elasticsearch", settings: "ReindexSettings") -> str:
    return check_mapping(client, resolve(client, settings.index).index, settings)


def check_version(client: "Elasticsearch") -> str:
    """The server's version. Raises ClusterUnfitError when it is too old."""
    with plain_errors("version of the cluster"):
        return refuse_old(str(client.info()["version"]["number"]))


def check_health(client: "Elasticsearch") -> str:
    """The cluster's status. Raises ClusterUnfitError when it stays red, with the indices that are."""
    with plain_errors("health of the cluster"):
        found = client.options(ignore_status=408).cluster.health(
            level="indices", wait_for_status="yellow", timeout=f"{HEALTH_SECONDS}s"
        )
    if found["status"] != "red":
        return f"{found['status']}, {found['number_of_data_nodes']} data nodes"
    red = sorted(name for name, index in found["indices"].items() if index["status"] == "red")
    raise ClusterUnfitError(
        f"The cluster is red for {HEALTH_SECONDS} s: {len(red)} indices miss shards ({', '.join(red[:5])}). "
        "Look at GET _cluster/allocation/explain, and start again when it is yellow or green."
    )


def check_privileges(client: "Elasticsearch", served: str) -> str:
    """That the API key has them. Raises ClusterUnfitError with those that are missing."""
    names = [served, f"{served}-*"]
    with plain_errors("privileges of the API key"):
        found = client.security.has_privileges(
            cluster=list(CLUSTER_PRIVILEGES), index=[{"names": names, "privileges": list(INDEX_PRIVILEGES)}]
        ).body
    missing = [_missing("the cluster", found["cluster"])]
    missing += [_missing(name, found["index"][name]) for name in names]
    if any(missing):
        raise ClusterUnfitError(
            f"The API key of {found['username']} misses privileges: {'; '.join(filter(None, missing))}. "
            "Add them to its role."
        )
    return f"{found['username']} has all {len(CLUSTER_PRIVILEGES) + len(INDEX_PRIVILEGES)}"


def _missing(where: str, granted: dict[str, bool]) -> str:
    names = [name for name, has in granted.items() if not has]
    return f"{', '.join(names)} on {where}" if names else ""


def check_documents(client: "Elasticsearch", served: str) -> str:
    """How many documents are served. Raises ClusterUnfitError when there are none."""
    source = resolve(client, served).index
    size = _size(client, source)
    if not size.documents:
        raise ClusterUnfitError(
            f"Index {source}, served as {served}, has no documents: there is nothing to rebuild. "
            "Load it, or point the alias to the index that has them."
        )
    return f"{size.documents:,} in {size.shards} shards, {disk.readable(size.bytes)} without replicas"


def check_aliases(client: "Elasticsearch", served: str) -> str:
    """How many aliases the swap moves. Raises ClusterUnfitError with those that the API key may not move."""
    names = sorted({served, *aliases.aliases_of(client, resolve(client, served).index)})
    wanted = {"names": names, "privileges": [MOVE_ALIAS]}
    with plain_errors("privileges of the API key"):
        found = client.security.has_privileges(index=[wanted])
    refused = [name for name in names if not found["index"][name][MOVE_ALIAS]]
    if refused:
        raise ClusterUnfitError(
            f"The API key of {found['username']} may not move {len(refused)} of {len(names)} aliases of the "
            f"served index ({', '.join(refused[:5])}). Give its role {MOVE_ALIAS} on them, or take them away."
        )
    return f"{len(names)} to move"


def check_target(client: "Elasticsearch", served: str, *, run: str) -> str:
    """Name of the index that the run will make, or has made. Raises IndexConflictError when it is taken."""
    target = indices.next_target(client, served, run=run)
    if target == resolve(client, served).index:
        raise IndexConflictError(f"Run {run} has swapped already: {target} is served. Start a new run.")
    return target


def check_disk(client: "Elasticsearch", settings: "ReindexSettings") -> str:
    """The space that the copy needs and has. Raises ClusterUnfitError when it is too little."""
    source = resolve(client, settings.index).index
    needed = round(settings.free_disk_factor * _size(client, source).on_disk)
    with plain_errors("disks of the cluster"):
        found = disk.disk(client)
    sizes = f"{disk.readable(needed)} needed, {disk.readable(found.usable)} free above the high watermark"
    if found.usable < needed:
        raise ClusterUnfitError(
            f"Too little disk to copy {source}: {sizes} ({disk.readable(found.free)} in all). Free some ("
            "python -m reindex prune), add a node, or lower REINDEX_FREE_DISK_FACTOR."
        )
    return sizes


def check_repository(client: "Elasticsearch", repository: str) -> str:
    """Its type. Raises ClusterUnfitError when it is missing, read-only, or cannot be written to."""
    from elasticsearch import ApiError

    with plain_errors(f"snapshot repository {repository}"):
        found = client.options(ignore_status=404).snapshot.get_repository(name=repository)
        if found.meta.status == 404:
            raise ClusterUnfitError(
                f"There is no snapshot repository {repository}. An administrator registers it: "
                f"PUT _snapshot/{repository}; or set ELASTICSEARCH_SNAPSHOT_REPOSITORY."
            )
        _refuse_read_only(repository, found.body[repository])
        try:
            nodes = client.snapshot.verify_repository(name=repository)["nodes"]
        except ApiError as error:
            if error.error != "repository_verification_exception":
                raise
            raise ClusterUnfitError(
                f"Snapshot repository {repository} cannot be written to ({reason_of(error)}). "
                "Mend its storage on every node."
            ) from error
    return f"{repository} ({found.body[repository]['type']}), verified by {len(nodes)} nodes"


def check_queries(path: str | None) -> str:
    """How many searches the new index must answer alike. Raises QueriesError for a broken file."""
    return f"{len(file.load(path))} in {path or file.OURS.name}"


def _refuse_read_only(repository: str, found: dict[str, Any]) -> None:
    if found["type"] == "url" or str(found.get("settings", {}).get("readonly", "")).lower() == "true":
        raise ClusterUnfitError(
            f"Snapshot repository {repository} is read-only. Register it for writing, or set "
            "ELASTICSEARCH_SNAPSHOT_REPOSITORY to another."
        )


def _size(client: "Elasticsearch", index: str) -> _Size:
    with plain_errors(f"index {index}"):
        settings = client.indices.get_settings(index=index)[index]["settings"]["index"]
        stats = client.indices.stats(index=index, metric="store")["_all"]["primaries"]
        return _Size(
            shards=int(settings["number_of_shards"]),
            replicas=int(settings["number_of_replicas"]),
            documents=count(client, index),
            bytes=stats["store"]["size_in_bytes"],
        )
