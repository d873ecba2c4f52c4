"""Alerts as Airflow sends them: what its tasks left, its connections, the end of a run."""
