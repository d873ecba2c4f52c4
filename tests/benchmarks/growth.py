"""A night of 10,000 rows against tables of different sizes: what the gate `users_next` takes."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import psycopg2

from tests.benchmarks.limits import Limit
from tests.benchmarks.measure import measure
from tests.benchmarks.users_flow import STEPS, Job

SIZES = (10_000, 1_000_000)
MAX_SECONDS_A_MILLION = 2.0

_USERS = """
INSERT INTO users (email, full_name, age, phone, predicted_level)
SELECT md5(n::text) || '@example.org', 'Une Personne', 16 + n %% 80, '06 11 22 33 44', 'avancé'
FROM generate_series(%s, %s) AS n
"""


def store(url: str, first: int, last: int) -> None:
    """Store users of these numbers, last included, whom no workbook names."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(_USERS, (first, last))
        connection.commit()
        connection.autocommit = True
        cursor.execute("VACUUM (ANALYZE) users")


def gate_seconds(job: Job, warm_up: Job, sizes: Sequence[int] = SIZES) -> dict[int, float]:
    """Seconds of the gate on a workbook that is loaded already, by users stored besides; sizes ascend."""
    for each in (job, warm_up):
        _run(each)
    stored, found = 0, {}
    for size in sizes:
        store(job.url, stored + 1, size)
        stored = size
        night, warm_night = (replace(each, run=f"{each.run}-{size}") for each in (job, warm_up))
        for each in (night, warm_night):
            _run(each, "gate users_next")
        [gate] = [step for step in STEPS if step.name == "gate users_next"]
        found[size] = measure(gate, night, warm_up=warm_night).seconds
    return found


def _run(job: Job, until: str = "") -> None:
    """The steps of a load, up to one that is left out; the gates before it, too."""
    for step in STEPS:
        if step.name == until:
            return
        step.run(job)


def limit(found: dict[int, float]) -> Limit:
    """What each million users more costs."""
    (small, least), *_, (large, most) = found.items()
    a_million = (most - least) / (large - small) * 1_000_000
    name = f"gate users_next, a million users more (from {small:,} to {large:,})"
    return Limit(name, a_million, "at most", MAX_SECONDS_A_MILLION, "s")
