"""The sample as a platform has it: an index of the served name itself, which dynamic mapping has made.

Every text has a `.keyword` beside it, and some courses a vector that `reindex/courses.json` does not know.
"""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from local.sample.courses import courses, write
from reindex.client import plain_errors

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
    with plain_errors(f"index {served}"):
        client.indices.create(index=served, settings={"number_of_replicas": 0})
        write(client, served, embedded_courses(count, seed=seed))
    return count
