"""Airflow looked at from outside: its runs, by its REST API."""
