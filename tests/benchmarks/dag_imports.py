"""What a DAG file costs on top of Airflow's own import."""

import statistics
import subprocess
import sys
from pathlib import Path

# `airflow.sdk` loads its names when they are asked for: name the ones that every DAG file has.
_PROGRAM = """
import runpy, sys, time
from airflow.sdk import DAG, BaseOperator, Param, dag, task
start = time.perf_counter()
runpy.run_path(sys.argv[1], run_name="bench")
print(time.perf_counter() - start)
"""


def import_seconds(dag_file: Path, *, repeat: int = 5) -> float:
    """Seconds that a fresh interpreter takes for the file when Airflow is there already; median of `repeat`.

    Raises CalledProcessError when the file cannot be imported.
    """
    return statistics.median(_import_seconds(dag_file) for _ in range(repeat))


def _import_seconds(dag_file: Path) -> float:
    run = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(dag_file)], check=True, capture_output=True, text=True
    )
    return float(run.stdout.splitlines()[-1])
