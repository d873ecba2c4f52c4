"""A dashboard as VictoriaMetrics' own pages read it."""

from typing import Any

from metrics.boards import Board, Panel

COLUMNS = 12
UNITS = {"percentunit": "", "s": "s", "short": ""}


def dashboard(board: Board) -> dict[str, Any]:
    """The board as JSON."""
    # Of several rows all but the first would be folded; panels of one row flow over its columns.
    panels = [_panel(panel, width=COLUMNS // len(row)) for row in board.rows for panel in row]
    rows = [{"title": board.title, "panels": panels}]
    return {"title": board.title, "filename": f"{board.name}.json", "rows": rows}


def _panel(panel: Panel, *, width: int) -> dict[str, Any]:
    return {
        "title": panel.title,
        "description": f"{panel.means}.",
        "expr": [expression for expression, _ in panel.queries],
        "alias": [legend for _, legend in panel.queries],
        "unit": UNITS[panel.unit],
        "showLegend": True,
        "width": width,
    }
