"""How much of the cluster's disks a copy may fill before Elasticsearch itself steps in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

WATERMARK = "cluster.routing.allocation.disk.watermark.high"
"""At this one Elasticsearch starts to move shards away; at the next, flood, it blocks writing."""
HEADROOM = f"{WATERMARK}.max_headroom"
_UNITS = {"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40, "pb": 1 << 50, "b": 1}


@dataclass(frozen=True)
class Disk:
    """Bytes of all data nodes: what they have free, and how much of that is above the high watermark."""

    free: int
    usable: int


def disk(client: "Elasticsearch") -> Disk:
    """The disks of all nodes that hold data; a node below its watermark counts as full."""
    answer = client.cluster.get_settings(include_defaults=True, flat_settings=True).body
    settings = {**answer["defaults"], **answer["persistent"], **answer["transient"]}
    nodes = client.nodes.stats(node_id="data:true", metric="fs").body["nodes"].values()
    totals = [node["fs"]["total"] for node in nodes]
    return Disk(
        free=sum(total["available_in_bytes"] for total in totals),
        usable=sum(
            max(0, total["available_in_bytes"] - reserve(total["total_in_bytes"], settings))
            for total in totals
        ),
    )


def reserve(total: int, settings: Mapping[str, Any]) -> int:
    """Bytes of a disk that must stay free. total: its size; settings: the cluster's, flat.

    The watermark is a share of the disk that may be used (`90%`, `0.9`), then capped by a headroom, or the
    bytes that must stay free (`10gb`), as in Elasticsearch's reference.
    """
    watermark = str(settings[WATERMARK]).strip().lower()
    if watermark.endswith(tuple(_UNITS)):
        return in_bytes(watermark)
    used = float(watermark.removesuffix("%")) / (100 if watermark.endswith("%") else 1)
    headroom = str(settings.get(HEADROOM, "-1")).strip().lower()
    free = round(total * (1 - used))
    return free if headroom == "-1" else min(free, in_bytes(headroom))


def in_bytes(text: str) -> int:
    """Bytes of a size as Elasticsearch writes it, such as `1.5gb`."""
    unit = next(unit for unit in _UNITS if text.endswith(unit))
    return round(float(text.removesuffix(unit)) * _UNITS[unit])


def readable(size: float) -> str:
    """A size for a person, such as `1.5 GB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
