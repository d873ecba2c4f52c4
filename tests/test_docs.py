"""The Markdown files say what is really there."""

import ast
import importlib
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from etl.contract import COLUMNS, Reason, Status
from etl.postgres.schema import METADATA
from gx.suites import SUITES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
PARSER = MarkdownIt().enable("table")
SETTING = re.compile(r"^(?P<off># )?(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$", re.MULTILINE)
TARGET = re.compile(r"^(?P<name>[a-z-]+):(?P<described>.*## )?", re.MULTILINE)


def tables(document: Path) -> list[list[list[str]]]:
    """The tables of a document: rows of cells, the header first, each cell as written."""
    found: list[list[list[str]]] = []
    tokens = PARSER.parse(document.read_text())
    for opening, inline in itertools.pairwise(tokens):
        if opening.type == "table_open":
            found.append([])
        elif opening.type == "tr_open":
            found[-1].append([])
        elif opening.type in {"th_open", "td_open"}:
            found[-1][-1].append(inline.content)
    return found


def rows(*header: str) -> list[list[str]]:
    """The rows of the README's table whose header starts with these cells."""
    [table] = [table for table in tables(README) if table[0][: len(header)] == list(header)]
    return table[1:]


def code(cell: str) -> str:
    """`name` without its backticks."""
    return cell.removeprefix("`").removesuffix("`")


def code_of(tokens: list[Token]) -> Iterator[str]:
    """Every piece of code: in the text, and as a block."""
    for token in tokens:
        if token.type in {"code_inline", "fence"}:
            yield token.content
        yield from code_of(token.children or [])


def links(document: Path) -> list[str]:
    """Where the relative links and pictures of a document lead."""
    inline = [child for token in PARSER.parse(document.read_text()) for child in token.children or []]
    targets = [str(token.attrGet("href") or token.attrGet("src") or "") for token in inline]
    return [target for target in targets if target and "://" not in target]


def settings() -> dict[str, str]:
    """Every setting of `.env.example`, and its default as the README shows it."""
    shown = {}
    for match in SETTING.finditer((ROOT / ".env.example").read_text()):
        default = f"`{match['value']}`" if match["value"] else "made by `make env`"
        shown[match["name"]] = "not set" if match["off"] else default
    return shown


def targets() -> dict[str, bool]:
    """Every target of the Makefile, and whether `make help` lists it."""
    found = TARGET.finditer((ROOT / "Makefile").read_text())
    return {match["name"]: bool(match["described"]) for match in found}


DAGS = ("etl_users_daily", "reindex_weekly", "reindex_rollback")


def dag_parameters(dag: str) -> dict[str, str]:
    """The parameters of a DAG and their defaults, as JSON; read from its file, which needs no Airflow."""
    tree = ast.parse((ROOT / "dags" / f"{dag}.py").read_text())
    [params] = [n.value for n in ast.walk(tree) if isinstance(n, ast.keyword) and n.arg == "params"]
    assert isinstance(params, ast.Dict)
    found = {}
    for name, param in zip(params.keys, params.values, strict=True):
        assert isinstance(name, ast.Constant)
        assert isinstance(param, ast.Call)
        found[str(name.value)] = json.dumps(ast.literal_eval(param.args[0]))
    return found


def test_the_readme_has_every_setting_with_its_default():
    assert {code(name): default for name, default, _ in rows("Setting")} == settings()


def test_the_documents_name_only_make_targets_that_exist():
    named = {
        (document.name, target)
        for document in DOCUMENTS
        for piece in code_of(PARSER.parse(document.read_text()))
        for target in re.findall(r"\bmake ([a-z][a-z-]*)", piece)
    }
    assert ("README.md", "up") in named
    assert {(document, target) for document, target in named if target not in targets()} == set()


def test_the_readme_names_every_make_target_that_help_lists():
    text = README.read_text()
    listed = [name for name, described in targets().items() if described and name != "help"]
    assert "up" in listed
    assert [name for name in listed if f"`make {name}`" not in text] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_relative_link_and_picture_leads_somewhere(document: Path):
    missing = [link for link in links(document) if not (document.parent / link.split("#")[0]).exists()]
    assert missing == []


def test_links_and_pictures_are_found():
    assert {"CONTRIBUTING.md", "docs/screenshots/dag-graph.png"} <= set(links(README))


def test_the_readme_has_every_threshold_with_its_default_and_gate():
    suites = {gate: importlib.import_module(f"gx.suites.{gate}").THRESHOLDS for gate in SUITES}
    expected = {(gate, name): default for gate in suites for name, default in suites[gate].items()}
    shown = {(code(gate), code(name)): float(default) for name, default, gate, _ in rows("Threshold")}
    assert shown == expected


def test_the_readme_has_every_gate():
    assert [code(row[0]) for row in rows("Gate")] == list(SUITES)


@pytest.mark.parametrize("dag", DAGS)
def test_the_readme_has_every_parameter_of_a_dag_with_its_default(dag: str):
    shown = {code(name): code(default) for name, default, _ in rows(f"Parameter of `{dag}`")}
    assert {name: json.dumps(json.loads(default)) for name, default in shown.items()} == dag_parameters(dag)


def test_the_readme_has_every_column_of_the_contract():
    assert {row[0]: code(row[1]) for row in rows("Column")} == {c.header: c.field for c in COLUMNS}


@pytest.mark.parametrize("word", [*Status, *Reason])
def test_the_readme_has_every_verdict_and_reason(word: str):
    text = README.read_text()
    assert f"`{word}`" in text or f"**{word}**" in text


def test_the_readme_has_every_table():
    named = {name for row in rows("Table") for name in re.findall(r"`([a-z_]+)`", row[0])}
    assert {*METADATA.tables, "quality_runs"} <= named
