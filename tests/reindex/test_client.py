"""What the client's errors become: which of them are worth a retry, and what a person should do."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from elasticsearch import Elasticsearch

from pipeline.errors import FatalError, PipelineError, RetriableError
from pipeline.settings import WrongSettingsError
from reindex.checks.cluster import check_version
from reindex.client import connect, plain_errors, refuse_old, whole
from reindex.errors import ClusterUnfitError
from reindex.settings import ClusterSettings
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.own_data import make_index
from tests.stack import free_port


def error_of(client: Elasticsearch, served: str) -> PipelineError:
    """What asking for the documents of a served name ends with."""
    with pytest.raises(PipelineError) as raised, plain_errors(f"index {served}"):
        client.count(index=served)
    return raised.value


@pytest.fixture
def with_key(elasticsearch: RunningElasticsearch) -> Iterator[Callable[[str], Elasticsearch]]:
    clients = []

    def client(api_key: str) -> Elasticsearch:
        clients.append(connect(ClusterSettings(host=elasticsearch.url, api_key=api_key)))
        return clients[-1]

    yield client
    for made in clients:
        made.close()


def test_a_wrong_key(with_key, served):
    error = error_of(with_key("d3Jvbmc6a2V5"), served)
    assert type(error) is FatalError
    assert str(error).startswith(f"index {served}: Elasticsearch refuses the API key (")
    assert str(error).endswith("Set a valid one in the connection elasticsearch_default.")


def test_no_key(with_key, served):
    error = error_of(with_key(""), served)
    assert type(error) is FatalError
    assert "refuses the API key (missing authentication credentials" in str(error)


def test_an_expired_key(elasticsearch, with_key, served):
    made = elasticsearch.admin.security.create_api_key(name="short", expiration="1ms")
    time.sleep(0.05)
    error = error_of(with_key(made["encoded"]), served)
    assert type(error) is FatalError
    assert "refuses the API key (" in str(error)
    assert "Is it expired or wrong?" in str(error)


def test_a_revoked_key(elasticsearch, with_key, served):
    made = elasticsearch.admin.security.create_api_key(name="revoked")
    elasticsearch.admin.security.invalidate_api_key(ids=[made["id"]])
    error = error_of(with_key(made["encoded"]), served)
    assert type(error) is FatalError
    assert "Is it expired or wrong?" in str(error)


def test_a_key_of_another_index_may_not_read_this_one(elasticsearch, with_key, served):
    make_index(elasticsearch.admin, served)
    error = error_of(with_key(elasticsearch.key_for("another")), served)
    assert type(error) is FatalError
    assert str(error).startswith(f"index {served}: the API key may not do this (action ")
    assert str(error).endswith("Give its role the missing privilege.")


def test_user_and_password_will_do(elasticsearch, served):
    settings = ClusterSettings(host=elasticsearch.url, user="elastic", password=elasticsearch.password)
    with connect(settings) as client, plain_errors("cluster"):
        assert client.security.authenticate()["username"] == "elastic"


def test_a_write_block_is_not_called_a_missing_privilege(client, served):
    make_index(client, served)
    client.indices.add_block(index=served, block="write")
    with pytest.raises(FatalError) as raised, plain_errors(f"index {served}"):
        client.index(index=served, document={})
    assert str(raised.value).startswith(f"index {served}: Elasticsearch answers 403: ")
    assert "blocked by: [FORBIDDEN/8/index write (api)]" in str(raised.value)


def test_an_index_that_is_missing(client, served):
    error = error_of(client, served)
    assert type(error) is FatalError
    assert str(error) == f"index {served}: Elasticsearch answers 404: no such index [{served}]."


def test_a_server_that_is_away_is_worth_a_retry(served):
    with connect(ClusterSettings(host=f"http://127.0.0.1:{free_port()}")) as client:
        error = error_of(client, served)
    assert type(error) is RetriableError
    assert f"index {served}: Elasticsearch does not answer (" in str(error)
    assert "Check ELASTICSEARCH_HOST (connection elasticsearch_default)" in str(error)


@contextmanager
def answering(status: int, body: str, **headers: str) -> Iterator[Elasticsearch]:
    """A client of something that answers everything in this way: what cannot be had here for real."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body.encode())

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            with connect(ClusterSettings(host=f"http://127.0.0.1:{server.server_port}")) as client:
                yield client
        finally:
            server.shutdown()
            thread.join()


VERSIONS = "version 8.17 or newer, up to 9.x"


def test_what_is_no_elasticsearch_is_one_line():
    with answering(200, '{"version": {"distribution": "another", "number": "3.1.0"}}') as client:
        error = error_of(client, "courses")
    assert type(error) is FatalError
    assert str(error) == (
        "index courses: what answers at ELASTICSEARCH_HOST (connection elasticsearch_default) is no "
        f"Elasticsearch. Set the address of one, {VERSIONS}."
    )


def test_a_web_page_instead_of_an_answer_is_one_line_and_may_pass():
    with answering(200, "<html>Welcome</html>", Content_Type="text/html") as client:
        error = error_of(client, "courses")
    assert type(error) is RetriableError
    assert "does not speak as Elasticsearch does (" in str(error)
    assert "\n" not in str(error)


def test_a_server_that_does_not_understand_the_client_is_one_line():
    reason = (
        '{"error": {"type": "media_type_header_exception", "reason": "Invalid media-type"}, "status": 400}'
    )
    with answering(400, reason, X_Elastic_Product="Elasticsearch") as client:
        error = error_of(client, "courses")
    assert type(error) is FatalError
    assert str(error).endswith(f"(Invalid media-type). It has to be {VERSIONS}.")


@pytest.mark.parametrize("number", ["7.17.28", "8.16.6", "8.2.0-SNAPSHOT"])
def test_a_server_that_is_too_old_is_refused(number):
    body = f'{{"version": {{"number": "{number}"}}}}'
    with (
        answering(200, body, X_Elastic_Product="Elasticsearch") as client,
        pytest.raises(ClusterUnfitError) as raised,
    ):
        check_version(client)
    assert str(raised.value) == f"Elasticsearch {number} is too old: it has to be {VERSIONS}."


@pytest.mark.parametrize("number", ["8.17.0", "8.19.13", "9.4.3", "10.0.0-SNAPSHOT"])
def test_a_server_that_is_new_enough_is_not(number):
    assert refuse_old(number) == number


def test_a_host_name_that_does_not_exist_is_worth_a_retry(served):
    with connect(ClusterSettings(host="http://search.invalid:9200")) as client:
        assert type(error_of(client, served)) is RetriableError


def test_an_answer_that_takes_too_long_is_worth_a_retry(client, served):
    impatient = client.options(request_timeout=0.2, max_retries=0)
    with pytest.raises(RetriableError, match="does not answer"), plain_errors("health"):
        impatient.cluster.health(wait_for_nodes="9", timeout="5s")


def test_a_shard_that_is_not_there_is_worth_a_retry(client, served):
    client.indices.create(
        index=served,
        settings={"index.routing.allocation.require._name": "no-such-node"},
        wait_for_active_shards=0,
    )
    error = error_of(client, served)
    assert type(error) is RetriableError
    assert str(error).startswith(f"index {served}: Elasticsearch is too busy (503: ")


@pytest.mark.parametrize("host", ["search.example.org:9200", "https://search.example.org", "ftp://x:1", ""])
def test_an_address_without_scheme_or_port_is_refused_before_anything(host):
    with pytest.raises(WrongSettingsError, match="ELASTICSEARCH_HOST"):
        ClusterSettings(host=host)


@pytest.mark.parametrize(
    "answer",
    [
        {"_shards": {"total": 2, "successful": 1, "failed": 1}},
        {"_shards": {"total": 2, "successful": 1, "failed": 0}},
        {"_shards": {"total": 1, "successful": 1, "failed": 0}, "timed_out": True},
    ],
)
def test_an_answer_without_all_shards_is_none(answer):
    with pytest.raises(RetriableError, match=r"shards answered"):
        whole(answer)
