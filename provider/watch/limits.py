"""How long the runs of a DAG may take: a tag of the DAG, which people see, and which Airflow's API tells."""

import re
from collections.abc import Iterable
from datetime import timedelta

LATE = re.compile(r"late after (?P<number>[0-9]+(?:\.[0-9]+)?) (?P<unit>min|h)")
UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1)}


def late_after(limit: timedelta) -> str:
    """The tag of a DAG whose runs are late after so long: `late after 10 min`."""
    hours = limit / UNITS["h"]
    return f"late after {hours:g} h" if hours >= 1 else f"late after {limit / UNITS['min']:g} min"


def limit_of(tags: Iterable[str]) -> timedelta | None:
    """How long a run may take, by the tags of its DAG; None when none of them says so."""
    for tag in tags:
        found = LATE.fullmatch(tag)
        if found:
            return float(found["number"]) * UNITS[found["unit"]]
    return None
