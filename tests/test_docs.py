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
from etl.kinds import Age, Choice, Decimal, Email, Kind, Labels, Name, Text
from etl.postgres.schema import METADATA
from gx.suites import SUITES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = sorted(ROOT.glob("docs/*.md"))
PACKAGES = (
    "alerts",
    "dags",
    "etl",
    "gx",
    "local",
    "metrics",
    "pipeline",
    "provider",
    "reindex",
    "report",
    "upkeep",
)
DOCUMENTS = [README, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
PARSER = MarkdownIt().enable("table")
SETTING = re.compile(r"^(?P<off># )?(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$", re.MULTILINE)
PAGE_NAMED_IN_CODE = re.compile(r"\b(?:README|CONTRIBUTING|docs/[\w/-]+)\.md(?:#[\w-]+)?")
SPEAKING = (".py", ".html", ".txt")
TARGET = re.compile(r"^(?P<name>[a-z0-9-]+):(?P<described>.*## )?", re.MULTILINE)


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
    """The rows of the one table, in the README or a page, whose header starts with these cells."""
    found = [table for document in (README, *PAGES) for table in tables(document)]
    [table] = [table for table in found if table[0][: len(header)] == list(header)]
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


def anchors(document: Path) -> set[str]:
    """The headings of a document as links name them: lower case, hyphens for spaces, no other punctuation."""
    tokens = PARSER.parse(document.read_text())
    headings = [
        inline.content for opening, inline in itertools.pairwise(tokens) if opening.type == "heading_open"
    ]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(link: str, folder: Path) -> bool:
    """Whether a relative link names a file that is there and, behind `#`, one of its headings."""
    path, _, anchor = link.partition("#")
    target = folder / path if path else folder
    return target.exists() and (not anchor or anchor in anchors(target))


def settings() -> dict[str, str]:
    """Every setting of `.env.example`, and its default as the page shows it."""
    shown = {}
    for match in SETTING.finditer((ROOT / ".env.example").read_text()):
        default = f"`{match['value']}`" if match["value"] else "made by `make env`"
        shown[match["name"]] = "not set" if match["off"] else default
    return shown


def targets() -> dict[str, bool]:
    """Every target of the Makefile, and whether `make help` lists it."""
    found = TARGET.finditer((ROOT / "Makefile").read_text())
    return {match["name"]: bool(match["described"]) for match in found}


DAGS = ("etl_users_daily", "reindex_weekly", "reindex_rollback", "maintenance_daily")


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


def test_a_page_has_every_setting_with_its_default():
    assert {code(name): default for name, default, _ in rows("Setting")} == settings()


def test_the_documents_name_only_make_targets_that_exist():
    named = {
        (document.name, target)
        for document in DOCUMENTS
        for piece in code_of(PARSER.parse(document.read_text()))
        for target in re.findall(r"\bmake ([a-z][a-z0-9-]*)", piece)
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
    own = {link: document.name + link if link.startswith("#") else link for link in links(document)}
    assert [link for link, whole in own.items() if not leads_somewhere(whole, document.parent)] == []


def test_links_and_pictures_are_found():
    assert {"CONTRIBUTING.md", "docs/screenshots/dag-graph.png", "docs/gates.md"} <= set(links(README))
    assert {"gates.md#thresholds"} <= set(links(ROOT / "docs" / "dags.md"))


def test_a_link_to_a_heading_that_is_not_there_is_found():
    assert leads_somewhere("docs/gates.md#thresholds", ROOT)
    assert not leads_somewhere("docs/gates.md#threshold", ROOT)
    assert not leads_somewhere("docs/gate.md", ROOT)


def test_the_readme_is_read_in_five_minutes():
    assert len(README.read_text().splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_readme_links_every_page(page: Path):
    assert f"docs/{page.name}" in links(README)


def test_every_page_that_an_error_or_a_mail_names_is_there():
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*") if file.suffix in SPEAKING]
    named = {link for file in files for link in PAGE_NAMED_IN_CODE.findall(file.read_text())}
    assert "docs/runbook-courses.md#restore-from-a-snapshot" in named
    assert [link for link in sorted(named) if not leads_somewhere(link, ROOT)] == []


def test_a_page_has_every_threshold_with_its_default_and_gate():
    suites = {gate: importlib.import_module(f"gx.suites.{gate}").THRESHOLDS for gate in SUITES}
    expected = {(gate, name): default for gate in suites for name, default in suites[gate].items()}
    shown = {(code(gate), code(name)): float(default) for name, default, gate, _ in rows("Threshold")}
    assert shown == expected


def test_a_page_has_every_gate():
    assert [code(row[0]) for row in rows("Gate", "It looks at")] == list(SUITES)


@pytest.mark.parametrize("dag", DAGS)
def test_a_page_has_every_parameter_of_a_dag_with_its_default(dag: str):
    shown = {code(name): code(default) for name, default, _ in rows(f"Parameter of `{dag}`")}
    assert {name: json.dumps(json.loads(default)) for name, default in shown.items()} == dag_parameters(dag)


def said(kind: Kind) -> str:
    """What the table must say of a kind of column, at least."""
    match kind:
        case Choice():
            return " ".join(kind.values)
        case Age():
            return f"whole number, {kind.low} to {kind.high}"
        case Decimal():
            return f"0 to {kind.high}"
        case Labels():
            return f"at most {kind.longest} characters each"
        case Name() | Email():
            return "required"
        case Text():
            return "text"


def test_a_page_has_every_column_of_the_contract_and_what_it_may_hold():
    shown = {code(field): (header, values) for header, field, values in rows("Column", "Field")}
    assert {field: header for field, (header, _) in shown.items()} == {c.field: c.header for c in COLUMNS}
    assert [c.field for c in COLUMNS if said(c.kind) not in shown[c.field][1]] == []


@pytest.mark.parametrize("word", [*Status, *Reason])
def test_a_page_has_every_verdict_and_reason(word: str):
    text = (ROOT / "docs" / "data-contract.md").read_text()
    assert f"`{word}`" in text or f"**{word}**" in text


def test_a_page_has_every_table():
    named = {name for row in rows("Table", "Rows") for name in re.findall(r"`([a-z_]+)`", row[0])}
    assert {*METADATA.tables, "quality_runs"} <= named
