"""Every reason not to start is found before anything changes, and said in one line with the next step."""

import pytest
from elasticsearch import Elasticsearch

from reindex.checks import cluster, disk
from reindex.checks.access import CLUSTER_PRIVILEGES, INDEX_PRIVILEGES, role
from reindex.client import connect
from reindex.errors import ClusterUnfitError, IndexConflictError
from reindex.plan import Plan
from reindex.settings import ClusterSettings, ReindexSettings
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.own_data import cluster_settings, make_index, own_index, repository

GB = 1 << 30
NOWHERE = {"index.routing.allocation.require._name": "no-such-node"}


@pytest.fixture
def settings(served: str, elasticsearch: RunningElasticsearch) -> ReindexSettings:
    return ReindexSettings(index=served, repository=elasticsearch.repository)


@pytest.fixture
def source(client: Elasticsearch, served: str) -> str:
    """A healthy served index with three documents."""
    return own_index(client, served, 1, alias=True, documents=3)


def refusal(client: Elasticsearch, settings: ReindexSettings) -> str:
    """Why a run is refused; nothing has changed in the cluster."""
    before = names(client, settings.index)
    with pytest.raises((ClusterUnfitError, IndexConflictError)) as refused:
        cluster.check_cluster(client, settings, run="run-2")
    assert names(client, settings.index) == before
    return str(refused.value)


def names(client: Elasticsearch, served: str) -> list[str]:
    return sorted(client.indices.get(index=f"{served}*", expand_wildcards="all"))


def test_the_plan_of_a_healthy_cluster(client, settings, served, source):
    plan = cluster.check_cluster(client, settings, run="run-2")
    size = client.indices.stats(index=source)["_all"]["primaries"]["store"]["size_in_bytes"]
    assert plan == Plan(
        run="run-2",
        served=served,
        source=source,
        target=f"{served}-000002",
        concrete=False,
        shards=1,
        replicas=0,
        documents=3,
        bytes=size,
    )
    assert names(client, served) == [source]


@pytest.mark.both_versions
def test_every_check_says_what_it_found(client, settings, served, source):
    found = {finding.check: finding.says for finding in cluster.findings(client, settings, run="run-2")}
    assert found["health"] in {"green, 1 data nodes", "yellow, 1 data nodes"}
    assert found["served name"] == f"{served} → {source}"
    assert found["documents"].startswith("3 in 1 shards, ")
    assert found["next index"] == f"{served}-000002"
    assert found["repository"] == f"{settings.repository} (fs), verified by 1 nodes"
    assert found["privileges"].endswith(f"has all {len(CLUSTER_PRIVILEGES) + len(INDEX_PRIVILEGES)}")
    assert "free above the high watermark" in found["disk"]


def test_an_alias_that_the_key_may_not_move_is_named(client, settings, source, elasticsearch):
    foreign = f"other-{settings.index}"
    elasticsearch.admin.indices.put_alias(index=source, name=foreign)
    message = refusal(client, settings)
    assert f"may not move 1 of 2 aliases of the served index ({foreign})" in message


def test_an_index_under_the_served_name_is_to_be_migrated(client, settings, served):
    make_index(client, served, documents=2)
    plan = cluster.check_cluster(client, settings, run="run-2")
    assert (plan.source, plan.concrete, plan.target, plan.documents) == (served, True, f"{served}-000002", 2)


def test_a_retry_keeps_the_target_that_the_run_made(client, settings, served, source):
    target = own_index(client, served, 2, state="candidate", run="run-2")
    assert cluster.check_cluster(client, settings, run="run-2").target == target


def test_a_run_that_has_swapped_is_not_run_again(client, settings, served):
    index = own_index(client, served, 1, run="run-2", alias=True, documents=1)
    assert refusal(client, settings) == f"Run run-2 has swapped already: {index} is served. Start a new run."


def test_a_served_name_that_is_missing(client, settings, served):
    assert refusal(client, settings) == (
        f"No alias and no index is named {served}. Set ELASTICSEARCH_INDEX, or put the alias on the index "
        "that readers should get."
    )


def test_an_alias_on_two_indices(client, settings, served, source):
    other = own_index(client, served, 3, alias=True)
    assert refusal(client, settings) == (
        f"Alias {served} stands on 2 indices ({source}, {other}): readers see all, a reindex rebuilds one. "
        "Take the alias from the others."
    )


def test_an_alias_that_also_stands_on_an_index_which_the_key_does_not_cover(
    client, settings, served, source, elasticsearch
):
    foreign = f"foreign-{served}"
    elasticsearch.admin.indices.create(index=foreign, aliases={served: {}})
    try:
        assert f"Alias {served} stands on 2 indices ({source}, {foreign})" in refusal(client, settings)
    finally:
        elasticsearch.admin.indices.delete(index=foreign)


def test_an_index_without_documents(client, settings, served):
    index = own_index(client, served, 1, alias=True)
    assert refusal(client, settings) == (
        f"Index {index}, served as {served}, has no documents: there is nothing to rebuild. Load it, or "
        "point the alias to the index that has them."
    )


def test_an_index_of_somebody_else_under_the_next_name(client, settings, served, source):
    index = make_index(client, f"{served}-000002")
    assert refusal(client, settings).startswith(f"There is an index (or alias) {index} already")


def test_a_red_cluster(client, settings, served, source, monkeypatch):
    monkeypatch.setattr(cluster, "HEALTH_SECONDS", 1)
    red = f"{served}-red"
    client.indices.create(index=red, settings={**NOWHERE, "number_of_replicas": 0}, wait_for_active_shards=0)
    said = refusal(client, settings)
    assert said.startswith(f"The cluster is red for 1 s: 1 indices miss shards ({red}). ")
    assert "GET _cluster/allocation/explain" in said


def test_a_repository_that_is_missing(client, settings):
    own_index(client, settings.index, 1, alias=True, documents=1)
    missing = settings.model_copy(update={"repository": "nowhere"})
    assert refusal(client, missing) == (
        "There is no snapshot repository nowhere. An administrator registers it: PUT _snapshot/nowhere; or "
        "set ELASTICSEARCH_SNAPSHOT_REPOSITORY."
    )


def test_a_repository_that_is_read_only(client, settings, source, elasticsearch):
    with repository(elasticsearch, f"{source}-read-only", readonly="true") as name:
        assert refusal(client, settings.model_copy(update={"repository": name})) == (
            f"Snapshot repository {name} is read-only. Register it for writing, or set "
            "ELASTICSEARCH_SNAPSHOT_REPOSITORY to another."
        )


def test_a_repository_that_no_node_can_write_to(client, settings, source, elasticsearch):
    with repository(elasticsearch, f"{source}-broken") as name:
        (elasticsearch.process.node.snapshots / name).write_text("a file where the folder should be")
        said = refusal(client, settings.model_copy(update={"repository": name}))
    assert said.startswith(f"Snapshot repository {name} cannot be written to (")
    assert said.endswith("Mend its storage on every node.")


def test_a_disk_that_is_too_small_for_the_copy(client, settings, source):
    said = refusal(client, settings.model_copy(update={"free_disk_factor": 1e12}))
    assert said.startswith(f"Too little disk to copy {source}: ")
    assert "needed, " in said
    assert said.endswith("(python -m reindex prune), add a node, or lower REINDEX_FREE_DISK_FACTOR.")


def test_a_disk_that_is_nearly_at_its_watermark(client, settings, source, elasticsearch):
    total = client.nodes.stats(metric="fs")["nodes"].popitem()[1]["fs"]["total"]
    size = total["total_in_bytes"]
    stages = {"low": 3 * size, "high": 2 * size, "flood_stage": 1}
    prefix = disk.WATERMARK.removesuffix("high")
    watermarks = {f"{prefix}{stage}": f"{free}b" for stage, free in stages.items()}
    with cluster_settings(elasticsearch.admin, watermarks):
        assert "needed, 0 B free above the high watermark" in refusal(client, settings)


def test_replicas_and_the_factor_count(client, settings, source):
    client.indices.put_settings(index=source, settings={"number_of_replicas": 2})
    size = client.indices.stats(index=source)["_all"]["primaries"]["store"]["size_in_bytes"]
    (found,) = [f.says for f in cluster.findings(client, settings, run="run-2") if f.check == "disk"]
    assert found.startswith(f"{disk.readable(size * 3 * 1.5)} needed")


@pytest.mark.parametrize(
    ("settings", "free"),
    [
        ({disk.WATERMARK: "90%"}, 10 * GB),
        ({disk.WATERMARK: "90%", disk.HEADROOM: "-1"}, 10 * GB),
        ({disk.WATERMARK: "90%", disk.HEADROOM: "5gb"}, 5 * GB),
        ({disk.WATERMARK: "90%", disk.HEADROOM: "150GB"}, 10 * GB),
        ({disk.WATERMARK: "0.75"}, 25 * GB),
        ({disk.WATERMARK: "500mb", disk.HEADROOM: "-1"}, 500 << 20),
        ({disk.WATERMARK: "1.5gb"}, 3 * GB // 2),
        ({disk.WATERMARK: "2048b"}, 2048),
    ],
)
def test_what_a_disk_of_100_gb_must_keep_free(settings: dict[str, str], free: int):
    assert disk.reserve(100 * GB, settings) == free


@pytest.mark.both_versions
def test_privileges_that_are_missing_are_named(elasticsearch, settings, served, source):
    less = role(served)
    less["cluster"].remove("create_snapshot")
    less["indices"][0]["privileges"].remove("indices:admin/aliases")
    key = elasticsearch.admin.security.create_api_key(name="less", role_descriptors={"less": less})
    limited = connect(ClusterSettings(host=elasticsearch.url, api_key=key["encoded"]))
    with limited as client, pytest.raises(ClusterUnfitError) as refused:
        cluster.check_cluster(client, settings, run="run-2")
    assert str(refused.value) == (
        "The API key of elastic misses privileges: create_snapshot on the cluster; indices:admin/aliases on "
        f"{served}; indices:admin/aliases on {served}-*. Add them to its role."
    )


def test_the_first_refusal_ends_the_checks_of_a_run_and_the_plan_shows_all(client, served):
    settings = ReindexSettings(index=served, repository="nowhere")
    found = list(cluster.findings(client, settings, run="run-2"))
    assert [finding.check for finding in found if finding.refusal] == ["served name", "repository"]
    assert refusal(client, settings).startswith(f"No alias and no index is named {served}")
