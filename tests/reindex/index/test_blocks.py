"""The write block: writers get 403, readers do not notice, and asking twice is no mistake."""

import pytest
from elasticsearch import ApiError

from pipeline.errors import FatalError
from reindex.index.blocks import allow_writes, block_writes, blocked
from tests.reindex.own_data import make_index


def test_a_blocked_index_refuses_writes_and_answers_readers(client, served):
    index = make_index(client, f"{served}-1", documents=2)
    block_writes(client, index)
    with pytest.raises(ApiError, match="cluster_block_exception") as refused:
        client.index(index=index, document={})
    assert refused.value.meta.status == 403
    assert client.count(index=index)["count"] == 2


@pytest.mark.both_versions
def test_the_server_does_not_confirm_a_second_block_and_asking_again_is_no_mistake(client, served):
    index = make_index(client, f"{served}-1")
    block_writes(client, index)
    assert not client.indices.add_block(index=index, block="write")["shards_acknowledged"]
    block_writes(client, index)
    assert blocked(client, index)


def test_a_block_is_lifted_once(client, served):
    index = make_index(client, f"{served}-1")
    block_writes(client, index)
    assert [allow_writes(client, index), allow_writes(client, index)] == [True, False]
    assert client.index(index=index, document={})["result"] == "created"


def test_an_index_that_is_not_there_is_one_clear_line(client, served):
    with pytest.raises(FatalError, match=f"index {served}-1: Elasticsearch answers 404"):
        block_writes(client, f"{served}-1")
