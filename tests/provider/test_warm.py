"""What a process that forks tasks imports: everything, once, with nothing open; and which process that is."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from provider import warm

ROOT = Path(__file__).resolve().parents[2]

LOOK = """
import gc, json, os, sys, threading
sys.orig_argv = ["python", "/opt/venv/bin/airflow", "scheduler"]
os.environ["AIRFLOW__CORE__EXECUTOR"] = "LocalExecutor"
sys.path.insert(0, "provider/config")
import airflow
from sqlalchemy import Engine
from provider.warm import LIBRARIES, own_modules
there = frozenset(sys.modules)
descriptors = (f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd"))
pools = [thing.pool for thing in gc.get_objects() if issubclass(type(thing), Engine)]
from gx.great_expectations_page import _view
from report.rendering import LANGUAGES, TIME_ZONE, _environment
views = [_view().env, *(_environment(language, TIME_ZONE, "report") for language in LANGUAGES)]
print(json.dumps({
    "templates": [len(view.cache) for view in views],
    "missing": [name for name in (*LIBRARIES, *own_modules()) if name not in there],
    "python threads": [thread.name for thread in threading.enumerate()],
    "threads": [open(f"/proc/self/task/{task}/comm").read() for task in os.listdir("/proc/self/task")],
    "sockets": [target for path in descriptors
                if os.path.lexists(path) and (target := os.readlink(path)).startswith("socket:")],
    "connections": [pool.status() for pool in pools if pool.checkedin() or pool.checkedout()],
}))
"""


@pytest.mark.process
def test_a_warm_process_has_all_modules_one_thread_and_nothing_open():
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found.pop("threads")) == 1
    assert min(found.pop("templates")) >= 9
    assert found == {"missing": [], "python threads": ["MainThread"], "sockets": [], "connections": []}


def test_every_library_that_is_slow_to_import_is_among_them():
    assert {"great_expectations", "pandas", "elasticsearch.helpers"} <= set(warm.LIBRARIES)
    assert {"gx.gate", "provider.gate", "reindex.client"} <= set(warm.own_modules())
    assert [name for name in warm.own_modules() if name.endswith("__main__")] == []


@pytest.mark.parametrize(
    ("command", "executor", "forks"),
    [
        ("python /opt/venv/bin/airflow scheduler --skip-serve-logs", "LocalExecutor", True),
        ("python -m airflow scheduler", "LocalExecutor", True),
        ("python /opt/venv/bin/airflow scheduler", "CeleryExecutor", False),
        ("python /opt/venv/bin/airflow scheduler", "CeleryExecutor,LocalExecutor", True),
        ("python /opt/venv/bin/airflow celery worker", "CeleryExecutor", True),
        ("python /opt/venv/bin/airflow celery flower", "CeleryExecutor", False),
        ("python /opt/venv/bin/airflow dag-processor", "LocalExecutor", False),
        ("python /opt/venv/bin/airflow triggerer --skip-serve-logs", "LocalExecutor", False),
        ("python /opt/venv/bin/airflow api-server", "LocalExecutor", False),
        ("python /opt/venv/bin/airflow dags list", "LocalExecutor", False),
        ("python -m pytest tests/scheduler", "LocalExecutor", False),
    ],
)
def test_only_a_process_that_forks_tasks_is_warmed(command: str, executor: str, forks: bool):
    assert warm.forks_tasks(command.split(), executor) is forks


def test_what_cannot_be_imported_is_logged_and_the_rest_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "broken_for_a_test.py").write_text("raise ValueError('no such library')\n")
    (tmp_path / "sound_for_a_test.py").write_text("def prepare():\n    prepare.done = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(warm, "LIBRARIES", ("broken_for_a_test", "not_there_for_a_test", "sound_for_a_test"))
    monkeypatch.setattr(warm, "PACKAGES", ())
    monkeypatch.setattr(warm, "PREPARED", ("not_there_for_a_test", "sound_for_a_test"))
    monkeypatch.setattr(warm, "ONE_THREAD", {})
    with caplog.at_level(logging.WARNING):
        warm.warm()
    told = [record.getMessage() for record in caplog.records]
    assert [line.partition(";")[0] for line in told] == [
        "broken_for_a_test cannot be imported here",
        "not_there_for_a_test cannot be imported here",
        "not_there_for_a_test cannot be prepared here",
    ]
    assert sys.modules["sound_for_a_test"].prepare.done
