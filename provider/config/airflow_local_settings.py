"""What Airflow imports in each of its processes before anything else; this folder is on their path."""

import sys

from airflow.configuration import conf

from provider.warm import warm_if_tasks_are_forked

__all__: list[str] = []

warm_if_tasks_are_forked(sys.orig_argv, conf.get("core", "executor"))
