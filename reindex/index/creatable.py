"""Which of an index's settings another index can be created with."""

MADE = (
    "index.uuid",
    "index.history.uuid",
    "index.creation_date",
    "index.creation_date_string",
    "index.provided_name",
    "index.version",
    "index.resize",
    "index.shrink",
    "index.split",
    "index.blocks",
    "index.verified_before_close",
    "index.verified_read_only",
    "index.routing.allocation.initial_recovery",
)
"""Each with what stands below it: every index gets its own, or none."""

UNCREATABLE = (
    "archived",
    "index.frozen",
    "index.search.throttled",
    "index.source_only",
    "index.store.snapshot",
)
"""Each with what stands below it: the server takes them from nobody, or they are of a mounted snapshot."""


def made_by_server(name: str) -> bool:
    """Whether every index gets a value of its own for this setting."""
    return _below(name, MADE)


def uncreatable(name: str, value: object) -> bool:
    """Whether no index can be created with this setting although it says how the index works."""
    if name == "index.store.type":
        return value == "snapshot"
    return _below(name, UNCREATABLE)


def _below(name: str, names: tuple[str, ...]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in names)
