"""Dashboards as code: what is written is what stands in the repository, and Grafana's own types read it."""

import json
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from local.monitoring.service import FILES
from local.settings import PROJECT
from metrics import grafana
from metrics.boards import BOARDS, Board
from metrics.rules import RULES
from metrics.written import files
from tests.test_docs import anchors

PAGE = PROJECT / "docs" / "monitoring.md"
GENERATED = {path for folder in ("grafana/dashboards", "vmui") for path in (FILES / folder).iterdir()}


def test_the_files_are_those_that_are_written_and_no_others():
    assert {str(path.relative_to(FILES)) for path in GENERATED} | {"rules.yml"} == set(files())
    for name, content in files().items():
        assert (FILES / name).read_text() == content, f"{name} is old: make dashboards"


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_grafana_reads_all_of_a_dashboard(board: Board):
    written = grafana.dashboard(board)
    read: dict[str, Any] = json.loads(JSONEncoder().encode(Dashboard.from_json(written)))
    assert subset(written, read)
    panels = [(panel["title"], panel["gridPos"]) for panel in read["panels"]]
    assert all(grid["x"] + grid["w"] <= grafana.COLUMNS for _, grid in panels)


def subset(part: object, whole: object) -> bool:
    """Whether everything of one document stands in another."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(subset(value, whole.get(name)) for name, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(subset, part, whole))
    return part == whole


def test_a_field_that_grafana_does_not_know_is_found():
    written = grafana.dashboard(BOARDS[0])
    written["panels"][0]["tittle"] = "closed"
    assert not subset(written, json.loads(JSONEncoder().encode(Dashboard.from_json(written))))


def test_each_dashboard_draws_the_same_expressions_in_grafana_and_in_the_local_store():
    for board in BOARDS:
        drawn = json.loads((FILES / "grafana" / "dashboards" / f"{board.name}.json").read_text())
        local = json.loads((FILES / "vmui" / f"{board.name}.json").read_text())
        of_grafana = [target["expr"] for panel in drawn["panels"] for target in panel["targets"]]
        assert of_grafana == [
            expr for row in local["rows"] for panel in row["panels"] for expr in panel["expr"]
        ]


def test_a_page_says_what_to_do_at_every_alert_and_what_every_dashboard_shows():
    assert {rule.name.lower() for rule in RULES} <= anchors(PAGE)
    assert [board.title for board in BOARDS if f"**{board.title}**" not in PAGE.read_text()] == []


def test_every_alert_says_what_happened_in_both_languages_and_where_to_read_on():
    rules = yaml.safe_load((FILES / "rules.yml").read_text())["groups"][0]["rules"]
    for rule in rules:
        assert set(rule["annotations"]) == {"summary", "resume", "todo"}
        assert rule["annotations"]["summary"] != rule["annotations"]["resume"]
        assert rule["annotations"]["todo"] == f"docs/monitoring.md#{rule['alert'].lower()}"
