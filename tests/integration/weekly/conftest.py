"""The weekly reindex on the session's stack, which has run once and well."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from local.sample import served as courses
from local.show.runs import COURSES, begin_run, wait_for_dag
from local.stack.stack import Stack
from tests.runs import DOCUMENTS, ROLLBACK, Ended, afresh, end


@pytest.fixture(scope="session")
def served(stack: Stack) -> str:
    """The served name, with sample courses behind it."""
    stack.start()
    assert courses.load_sample(stack.settings, DOCUMENTS, migrated=True)
    for flow in (COURSES, ROLLBACK):
        wait_for_dag(stack.api, seconds=60, flow=flow)
    return stack.settings.elasticsearch.index


@pytest.fixture(scope="session")
def client(stack: Stack, served: str) -> Iterator[Elasticsearch]:
    """A client with the key of the pipeline."""
    with courses.cluster(stack.settings) as client:
        yield client


@pytest.fixture(scope="session")
def passed(stack: Stack, served: str) -> Ended:
    """The first run, which the scheduler makes when the DAG is unpaused."""
    before = afresh(stack)
    return end(stack, begin_run(stack.api, {}, flow=COURSES), mails_before=before, flow=COURSES)
