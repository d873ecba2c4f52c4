"""The sample as a platform has it: an index of the served name itself, which dynamic mapping has made.

    ELASTICSEARCH_HOST=http://127.0.0.1:9200 python -m local.sample.platform_index --count 20000

Every text has a `.keyword` beside it, and some courses a vector that `reindex/courses.json` does not know.
"""

import random
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from local.sample.courses import CHUNK, courses, identity
from reindex.client import connect, plain_errors
from reindex.settings import ClusterSettings, ReindexSettings

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

VECTOR, DIMENSIONS = "vecteur_embedding", 384
ONE_IN = 20
"""So many courses to one with a vector: each is as large as three courses, and its graph takes time."""
DECIMALS = 4


def embedded_courses(count: int, *, seed: int = 1) -> Iterator[dict[str, Any]]:
    """The sample courses, one in `ONE_IN` with a vector of `DIMENSIONS` numbers from -1 to 1."""
    rng = random.Random(seed)  # noqa: S311 - sample data, not a secret
    for number, course in enumerate(courses(count, seed=seed)):
        if number % ONE_IN == 0:
            course[VECTOR] = [round(rng.uniform(-1, 1), DECIMALS) for _ in range(DIMENSIONS)]
        yield course


def load_platform(client: "Elasticsearch", served: str, count: int, *, seed: int = 1) -> int:
    """Index that many courses into a new index of the served name, as its first writer does; how many.

    Nothing but its replicas is settled: one node has no place for any.
    """
    from elasticsearch.helpers import parallel_bulk

    with plain_errors(f"index {served}"):
        client.indices.create(index=served, settings={"number_of_replicas": 0})
        actions = (
            {"_op_type": "index", "_index": served, "_id": identity(number), "_source": course}
            for number, course in enumerate(embedded_courses(count, seed=seed), 1)
        )
        deque(parallel_bulk(client, actions, thread_count=2, chunk_size=CHUNK), maxlen=0)
        client.indices.refresh(index=served)
    return count


def main(
    count: Annotated[int, typer.Option(min=1, help="Number of courses.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same courses.")] = 1,
) -> None:
    """Make an index of made-up courses of the name in ELASTICSEARCH_INDEX, which must not be there."""
    served = ReindexSettings().index
    with connect(ClusterSettings()) as client:
        loaded = load_platform(client, served, count, seed=seed)
    typer.echo(f"{served}: {loaded} courses")


if __name__ == "__main__":
    typer.run(main)
