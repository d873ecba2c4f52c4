"""A real Elasticsearch for tests; `python -m tests.elasticsearch` runs one for interactive work."""

import secrets
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from elasticsearch import Elasticsearch

from local.elasticsearch.assembly import NEWEST, OLDER, Release, assemble
from local.elasticsearch.jdk import find_jdk
from local.elasticsearch.node import QUICK_START, Node
from local.elasticsearch.security import administrator, create_api_key, register_repository
from local.settings import VAR
from reindex.settings import ClusterSettings
from tests.elasticsearch_process import NodeProcess
from tests.stack import free_port

REPOSITORY = "inlearning-snapshots"


class RunningElasticsearch:
    """A node and its administrator.

    url, password: for the superuser `elastic`; admin: its client; repository: a snapshot repository.
    """

    def __init__(self, process: NodeProcess) -> None:
        self.process = process
        self.url = process.node.url
        self.password = process.password
        self.repository = REPOSITORY
        self.admin: Elasticsearch = administrator(self.url, self.password)

    def key_for(self, index: str) -> str:
        """A fresh API key with the product's role on a served name, encoded."""
        return create_api_key(self.admin, index=index)

    def client_for(self, index: str) -> Elasticsearch:
        """A client with the product's role on a served name; close it."""
        return Elasticsearch(self.url, api_key=self.key_for(index), request_timeout=30)

    def cluster_for(self, index: str) -> ClusterSettings:
        """How the product reaches the node with its role on a served name."""
        return ClusterSettings(host=self.url, api_key=self.key_for(index))

    def start(self) -> None:
        """Start the node again after `kill` or `stop`, with its data; returns when it answers."""
        self.process.start()

    def kill(self) -> None:
        """kill -9 of the server; returns when it is gone."""
        self.process.kill()

    def stop(self) -> None:
        """Stop the node as an administrator does; returns when it is gone."""
        self.process.stop()

    def delete_all_of(self, index: str) -> None:
        """Delete every index and every snapshot whose name is, or starts with, a served name."""
        found = self.admin.indices.get(index=[index, f"{index}-*"], ignore_unavailable=True)
        for name in found:
            self.admin.indices.delete(index=name)
        snapshots = self.admin.snapshot.get(repository=self.repository, snapshot=f"{index}*")["snapshots"]
        for snapshot in snapshots:
            self.admin.snapshot.delete(repository=self.repository, snapshot=snapshot["snapshot"])


@contextmanager
def new_elasticsearch(
    options: tuple[str, ...] = QUICK_START, *, release: Release = NEWEST
) -> Iterator[RunningElasticsearch]:
    """A node of its own, with a snapshot repository, on a free port; deleted at the end.

    options: of its JVM. release: which version of Elasticsearch.
    """
    parent = VAR / "test"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix="elasticsearch-"))
    node = Node(folder=folder, distribution=assemble(release=release), port=free_port(), options=options)
    process = NodeProcess(node, jdk=find_jdk(), password=secrets.token_urlsafe(24))
    try:
        node.prepare(jdk=process.jdk, password=process.password)
        process.start()
        running = RunningElasticsearch(process)
        with running.admin:
            register_repository(running.admin, name=REPOSITORY, folder=node.snapshots)
            yield running
    finally:
        process.stop()
        shutil.rmtree(folder)


def main() -> None:
    """Run a node until SIGTERM or Ctrl-C, and say how to reach it; `8` as argument: of Elasticsearch 8."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with new_elasticsearch(release=OLDER if "8" in sys.argv[1:] else NEWEST) as running:
        sys.stdout.write(f"{running.url} elastic {running.password}\n")
        sys.stdout.flush()
        ended.wait()


if __name__ == "__main__":
    main()
