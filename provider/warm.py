"""Imports what every task needs once, in the process that forks the tasks: they find it in memory.

Great Expectations alone takes seconds to import, in each task anew. Only a process that forks tasks is warm;
the DAG processor, the triggerer and the API server would only grow by it.
"""

import importlib
import logging
import os
import pkgutil
from collections.abc import Iterator, Sequence
from pathlib import Path

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent

FORKS_TASKS: dict[tuple[str, ...], str] = {
    ("scheduler",): "LocalExecutor",
    ("celery", "worker"): "CeleryExecutor",
}
"""Airflow's commands whose processes fork tasks, each with the executor under which it does."""

LIBRARIES = (
    "great_expectations",
    "pandas",
    "pyarrow.parquet",
    "fastexcel",
    "openpyxl",
    "sqlalchemy.dialects.postgresql.psycopg2",
    "elasticsearch.helpers",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "airflow.providers.postgres.hooks.postgres",
    "airflow.providers.smtp.hooks.smtp",
    "airflow.providers.apprise.hooks.apprise",
    "upath.implementations.local",
)
"""What tasks import inside functions."""

PACKAGES = ("pipeline", "report", "alerts", "etl", "gx", "reindex", "upkeep", "provider")
"""Ours, with all their modules but those that are programs."""

PREPARED = ("report.rendering", "gx.great_expectations_page")
"""Those of ours that make something at their first use; their function `prepare` makes it before."""

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Variables that keep NumPy's and Arrow's C libraries from starting threads: no fork takes them along."""


def warm_if_tasks_are_forked(command: Sequence[str], executors: str) -> None:
    """Import `LIBRARIES` and `PACKAGES` if this process forks tasks.

    command: the whole command line of the process, the interpreter first, as in `sys.orig_argv`.
    executors: Airflow's setting `core.executor`.
    """
    if forks_tasks(command, executors):
        warm()


def forks_tasks(command: Sequence[str], executors: str) -> bool:
    """Whether a process of this command line, under these executors, forks tasks."""
    words = [Path(word).name for word in command]
    if "airflow" not in words:
        return False
    arguments = tuple(words[words.index("airflow") + 1 :])
    return any(
        arguments[: len(subcommand)] == subcommand and executor in executors
        for subcommand, executor in FORKS_TASKS.items()
    )


def warm() -> None:
    """Import and prepare everything, on one thread; what cannot be is logged and left to the tasks."""
    os.environ.update({name: value for name, value in ONE_THREAD.items() if name not in os.environ})
    for name in (*LIBRARIES, *own_modules()):
        imported(name)
    for name in PREPARED:
        prepared(name)


def own_modules() -> Iterator[str]:
    """Full names of our modules, packages before what is in them."""
    for package in PACKAGES:
        yield package
        # A package that cannot be imported was named already: it has no modules.
        found = pkgutil.walk_packages([str(ROOT / package)], f"{package}.", onerror=lambda _: None)
        yield from (module.name for module in found if not module.name.endswith(".__main__"))


def prepared(name: str) -> bool:
    """Have a module prepare what it would make at its first use; False, and a warning, when it cannot."""
    try:
        importlib.import_module(name).prepare()
    except Exception:  # whatever it raises: the scheduler has to start
        log.warning("%s cannot be prepared here; each task does it by itself.", name, exc_info=True)
        return False
    return True


def imported(name: str) -> bool:
    """Import a module; False, and a warning in the log, when it cannot be."""
    try:
        importlib.import_module(name)
    except Exception:  # whatever a module raises: the scheduler has to start
        log.warning("%s cannot be imported here; each task tries by itself.", name, exc_info=True)
        return False
    return True
