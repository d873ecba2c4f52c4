"""A real node: it starts, keeps its data through a crash, and its API key opens one door only."""

from collections.abc import Iterator

import psutil
import pytest
from elasticsearch import AuthorizationException, Elasticsearch

from local.elasticsearch.security import is_valid_api_key
from tests.elasticsearch import RunningElasticsearch


@pytest.fixture
def client(elasticsearch: RunningElasticsearch, served: str) -> Iterator[Elasticsearch]:
    """A client with the product's rights on the served name."""
    with elasticsearch.client_for(served) as client:
        yield client


def test_it_is_a_complete_server_with_french_and_reindex(elasticsearch: RunningElasticsearch):
    info = elasticsearch.admin.nodes.info(metric="plugins,ingest")
    [node] = info["nodes"].values()
    modules = {module["name"] for module in node["modules"]}
    assert {"reindex", "analysis-common", "lang-painless", "x-pack-security"} <= modules
    analysed = elasticsearch.admin.indices.analyze(analyzer="french", text="les formations")
    assert [token["token"] for token in analysed["tokens"]] == ["form"]


def test_it_listens_on_the_loopback_only_and_not_as_root(elasticsearch: RunningElasticsearch):
    processes = [psutil.Process(pid) for pid in elasticsearch.process.pids()]
    addresses = {c.laddr.ip for p in processes for c in p.net_connections("tcp") if c.status == "LISTEN"}
    assert {address.removeprefix("::ffff:") for address in addresses} == {"127.0.0.1"}
    assert 0 not in {uid for process in processes for uid in process.uids()}


def test_the_key_works_on_the_served_name_and_its_generations(client: Elasticsearch, served: str):
    client.indices.create(index=f"{served}-000001", aliases={served: {}})
    client.index(index=served, id="1", document={"url": "https://x.fr"}, refresh=True)
    assert client.count(index=served)["count"] == 1


@pytest.mark.parametrize("other", ["other", "{served}x", "my-{served}"])
def test_the_key_cannot_touch_another_index(
    elasticsearch: RunningElasticsearch, client: Elasticsearch, served: str, other: str
):
    name = other.format(served=served)
    elasticsearch.admin.index(index=name, id="1", document={"url": "https://x.fr"}, refresh=True)
    try:
        for forbidden in (
            lambda: client.search(index=name),
            lambda: client.index(index=name, document={}),
            lambda: client.indices.delete(index=name),
            lambda: client.security.get_user(),
        ):
            with pytest.raises(AuthorizationException):
                forbidden()
    finally:
        elasticsearch.admin.indices.delete(index=name)


def test_a_key_is_valid_for_its_own_name_and_on_its_own_node(
    elasticsearch: RunningElasticsearch, served: str
):
    key = elasticsearch.key_for(served)
    assert is_valid_api_key(elasticsearch.url, key, index=served)
    assert not is_valid_api_key(elasticsearch.url, key, index="other")
    assert not is_valid_api_key(elasticsearch.url, "bm9ib2R5OnVua25vd24=", index=served)
    assert not is_valid_api_key(elasticsearch.url, "", index=served)


def test_the_repository_takes_a_snapshot_of_the_served_index(
    elasticsearch: RunningElasticsearch, client: Elasticsearch, served: str
):
    client.index(index=f"{served}-000001", id="1", document={}, refresh=True)
    made = client.snapshot.create(
        repository=elasticsearch.repository,
        snapshot=f"{served}-one",
        indices=f"{served}-000001",
        include_global_state=False,
        wait_for_completion=True,
    )
    assert made["snapshot"]["indices"] == [f"{served}-000001"]
    assert made["snapshot"]["shards"]["failed"] == 0


def test_nobody_else_can_read_its_folder(elasticsearch: RunningElasticsearch):
    assert elasticsearch.process.node.folder.stat().st_mode & 0o077 == 0
