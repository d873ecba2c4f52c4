"""Imports point one way, dags → provider → alerts, etl, reindex, gx, metrics, upkeep → report → pipeline.

Importing does nothing.
The engine of the gates knows nobody's data; only its suites read a contract.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PURE = ("alerts", "etl", "gx", "metrics", "reindex", "report", "pipeline", "upkeep")
OURS = frozenset({*PURE, "provider", "dags", "local", "tests"})

FORBIDDEN = {
    "pipeline": OURS - {"pipeline"} | {"airflow"},
    "etl": OURS - {"etl", "pipeline"} | {"airflow"},
    # Its command `erase` reaches the quality report, too.
    "etl/__main__.py": OURS - {"etl", "report", "pipeline"} | {"airflow"},
    "gx": OURS - {"gx", "report", "pipeline"} | {"airflow"},
    "gx/suites": OURS - {"gx", "report", "etl", "reindex", "pipeline"} | {"airflow"},
    "report": OURS - {"report", "pipeline"} | {"airflow", "great_expectations", "pandas"},
    "alerts": OURS - {"alerts", "report", "pipeline"} | {"airflow", "great_expectations", "pandas"},
    "metrics": OURS - {"metrics", "report", "pipeline"} | {"airflow", "great_expectations", "pandas"},
    "reindex": OURS - {"reindex", "pipeline"} | {"airflow"},
    "upkeep": OURS - {"upkeep", "pipeline"} | {"airflow", "great_expectations", "pandas"},
    "provider": {"dags", "local", "tests"},
    "dags": {"local", "tests", *PURE},
    "local": {"dags", "provider", "tests"},
}
CONTRACTS = ("etl.contract", "reindex.contract")
"""What the suites may read of the packages whose data they know."""

HEAVY = ("great_expectations", "pandas", "pyarrow", "fastexcel", "openpyxl", "elasticsearch")


def imported(source: str) -> Iterator[str]:
    """Full names of the modules that a source imports anywhere, in its functions, too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def breaches(package: str, source: str) -> set[str]:
    """The imports of a source that its package must not have."""
    names = set(imported(source))
    found = {name for name in names if name.split(".")[0] in FORBIDDEN[package]}
    if package == "gx/suites":
        of_data = {name for name in names if name.split(".")[0] in ("etl", "reindex")}
        found |= {name for name in of_data if not f"{name}.".startswith(tuple(f"{c}." for c in CONTRACTS))}
    return found


def files_of(package: str) -> list[Path]:
    """The modules of a package, without those that have a rule of their own."""
    apart = [ROOT / other for other in FORBIDDEN if other.startswith(f"{package}/")]
    place = ROOT / package
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    return [file for file in files if not any(file.is_relative_to(folder) for folder in apart)]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_one_way(package: str):
    files = files_of(package)
    assert files
    assert {
        str(file.relative_to(ROOT)): found for file in files if (found := breaches(package, file.read_text()))
    } == {}


@pytest.mark.parametrize(
    ("package", "source", "found"),
    [
        ("etl", "import gx.gate", {"gx.gate"}),
        ("etl", "from pipeline.folder import RunFolder", set()),
        ("pipeline", "from etl.contract import COLUMNS", {"etl.contract.COLUMNS"}),
        ("etl", "def f():\n    from airflow.sdk import task", {"airflow.sdk.task"}),
        ("gx", "from etl.contract import COLUMNS", {"etl.contract.COLUMNS"}),
        ("gx", "from pipeline.names import slug", set()),
        ("gx", "from report.gate_report import GateReport", set()),
        ("gx/suites", "from report.wording import percent", set()),
        ("etl", "from report.store import Store", {"report.store.Store"}),
        ("reindex", "import report.said", {"report.said"}),
        ("report", "from pipeline.names import slug", set()),
        ("report", "from alerts.causes import Cause", {"alerts.causes.Cause"}),
        ("gx", "from alerts.causes import Cause", {"alerts.causes.Cause"}),
        ("alerts", "from report.history import create", set()),
        ("metrics", "from report.history import create", set()),
        ("metrics", "from etl.contract import COLUMNS", {"etl.contract.COLUMNS"}),
        ("alerts", "from gx.gate import run_gate", {"gx.gate.run_gate"}),
        ("upkeep", "from etl.upkeep.retention import prune", {"etl.upkeep.retention.prune"}),
        ("upkeep", "from pipeline.errors import FatalError", set()),
        ("report", "from gx.gate import run_gate", {"gx.gate.run_gate"}),
        ("report", "def f():\n    import pandas", {"pandas"}),
        ("gx/suites", "from etl.contract import COLUMNS", set()),
        ("gx/suites", "from etl import contract", set()),
        ("gx/suites", "from reindex.contract import FIELDS", set()),
        ("gx/suites", "from etl.steps.stage import stage", {"etl.steps.stage.stage"}),
        ("gx/suites", "from reindex.plan import Plan", {"reindex.plan.Plan"}),
        ("provider", "from etl import contract\nfrom gx.gate import run_gate", set()),
        ("dags", "from etl.steps.extract import extract", {"etl.steps.extract.extract"}),
        ("dags", "from reindex.plan import Plan", {"reindex.plan.Plan"}),
        ("reindex", "import airflow", {"airflow"}),
    ],
)
def test_the_rule_sees_an_import_wherever_it_stands(package: str, source: str, found: set[str]):
    assert breaches(package, source) == found


def modules(*packages: str) -> list[str]:
    """Names of all modules of packages, without the ones that run when they are imported by name."""
    files = (file for package in packages for file in sorted((ROOT / package).rglob("*.py")))
    names = (".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files)
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


def in_a_fresh_interpreter(code: str) -> str:
    """What the code prints."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_a_dag_file_imports_is_light():
    names = modules("provider", "dags")
    code = f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\n"
    assert in_a_fresh_interpreter(f"{code}print([name for name in {HEAVY!r} if name in sys.modules])") == "[]"


@pytest.mark.process
def test_importing_the_pure_packages_connects_nowhere_and_writes_no_file():
    names = [name for name in modules(*PURE) if not name.startswith(("gx.suites.", "gx.expectations"))]
    code = f"""
import importlib, sys
import pandas, sqlalchemy.dialects.postgresql, great_expectations, fastexcel, openpyxl, pyarrow, typer, upath
import pydantic_settings, psycopg2, filelock
seen = []
def watch(event, arguments):
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if event == "socket.connect" or (writes and ".pyc" not in str(arguments[0])):
        seen.append((event, str(arguments[0])))
sys.addaudithook(watch)
for name in {names!r}: importlib.import_module(name)
print(seen)
"""
    assert in_a_fresh_interpreter(code) == "[]"
