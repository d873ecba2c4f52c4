"""The states of a run, in Airflow's words."""

ENDED = frozenset({"success", "failed"})
"""Of a run that does nothing any more."""
