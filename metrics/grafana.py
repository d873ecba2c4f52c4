"""A dashboard as Grafana reads it."""

from typing import Any

from metrics.boards import Board, Panel

SOURCE = {"type": "prometheus", "uid": "inlearning"}
"""The provisioned data source."""
COLUMNS, FIGURE_HEIGHT, HEIGHT = 24, 4, 8
"""Of Grafana's grid."""


def dashboard(board: Board) -> dict[str, Any]:
    """The board as JSON."""
    panels: list[dict[str, Any]] = []
    top = 0
    for row in board.rows:
        height = FIGURE_HEIGHT if all(panel.figure for panel in row) else HEIGHT
        width = COLUMNS // len(row)
        for place, panel in enumerate(row):
            grid = {"x": place * width, "y": top, "w": width, "h": height}
            panels.append(_panel(panel, grid, number=len(panels) + 1))
        top += height
    return {
        "uid": f"inlearning-{board.name}",
        "title": board.title,
        "tags": ["inlearning"],
        "timezone": "browser",
        "editable": False,
        "schemaVersion": 41,
        "refresh": "30s",
        "time": {"from": "now-7d" if board.name != "airflow" else "now-6h", "to": "now"},
        "panels": panels,
    }


def _panel(panel: Panel, grid: dict[str, int], *, number: int) -> dict[str, Any]:
    field: dict[str, Any] = {"unit": panel.unit, "min": 0}
    options: dict[str, Any] = {}
    if panel.figure:
        options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    return {
        "id": number,
        "type": "stat" if panel.figure else "timeseries",
        "title": panel.title,
        "description": f"{panel.means}.",
        "datasource": SOURCE,
        "gridPos": grid,
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": SOURCE, "expr": expression, "legendFormat": legend}
            for place, (expression, legend) in enumerate(panel.queries)
        ],
        "fieldConfig": {"defaults": field, "overrides": []},
        "options": options,
    }
