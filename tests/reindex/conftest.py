"""A client with the product's own rights, for every test of the reindex."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from tests.elasticsearch import RunningElasticsearch


@pytest.fixture
def client(elasticsearch: RunningElasticsearch, served: str) -> Iterator[Elasticsearch]:
    """A client with the API key of the served name of this test."""
    with elasticsearch.client_for(served) as client:
        yield client
