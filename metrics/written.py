"""Dashboards and rules as files, which Grafana, Prometheus and VictoriaMetrics read."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metrics import grafana, rules, vmui
from metrics.boards import BOARDS


def files() -> Mapping[str, str]:
    """The content of each file, by its path below `docker/monitoring`."""
    drawn = {"grafana/dashboards": grafana.dashboard, "vmui": vmui.dashboard}
    boards = {
        f"{folder}/{board.name}.json": _json(draw(board))
        for folder, draw in drawn.items()
        for board in BOARDS
    }
    return {"rules.yml": rules.as_file(), **boards}


def write(folder: Path) -> None:
    """Write them below a folder."""
    for name, content in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
