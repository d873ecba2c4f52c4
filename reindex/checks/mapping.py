"""Whether the target can be made as the served index is, with the change that REINDEX_MAPPING asks for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reindex.index import kept
from reindex.index.mapping_change import MappingChange, refuse_unlisted
from reindex.index.mapping_file import read

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from reindex.settings import ReindexSettings

NOTES = 20
"""Lines of a change that stand in a mail; the log has all of them."""


def settled_change(client: "Elasticsearch", index: str, settings: "ReindexSettings") -> MappingChange | None:
    """The change that is asked for; None when nobody does.

    Raises:
        MappingFileError: the file is missing or broken, or takes away what it does not name.
    """
    if not settings.mapping:
        return None
    change = read(settings.mapping)
    refuse_unlisted(kept.served(client, index), change)
    return change


def notes_of_change(lines: Sequence[str]) -> tuple[str, ...]:
    """What people are told of how the target differs from what is served; nothing when it does not."""
    shown = [f"Mapping and settings: {' '.join(line.split())}." for line in lines[:NOTES]]
    more = len(lines) - len(shown)
    return (*shown, *([f"Mapping and settings: {more} more lines in the log of check_cluster."] * bool(more)))


def check_mapping(client: "Elasticsearch", index: str, settings: "ReindexSettings") -> str:
    """How the target will differ from the served index, a line each. Raises as `settled_change`."""
    change = settled_change(client, index, settings)
    blueprint, lines = kept.served(client, index), kept.lines(client, index, change)
    by = f"; {settings.mapping} changes" if change else ""
    size = f"{len(blueprint.settings)} settings and the mapping are those of {index}"
    return "\n".join([f"{size}{by} {len(lines)}:" if change else size, *lines])
