"""What is asked: the searches of `reindex/queries.yml`, or of one's own file."""

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import Field, ValidationError, model_validator

from reindex.errors import QueriesError
from reindex.queries.search import Query, Strict

OURS = Path(__file__).parents[1] / "queries.yml"
NEXT = "Mend it, or set REINDEX_QUERIES to another file."


class _File(Strict):
    queries: tuple[Query, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _no_name_twice(self) -> "_File":
        names = [query.name for query in self.queries]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"{len(twice)} queries are called {twice[0]!r}")
        return self


def load(path: str | None) -> tuple[Query, ...]:
    """The queries of a file; None: of `reindex/queries.yml`.

    Raises:
        QueriesError: the file is not there, or broken; its line says where, and what is wrong.
    """
    file = Path(path) if path else OURS
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise QueriesError(f"{file} cannot be read: {error.strerror}. {NEXT}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise QueriesError(f"{file} is no YAML: {' '.join(str(error).split())}. {NEXT}") from None
    try:
        return _File.model_validate(data).queries
    except ValidationError as invalid:
        raise QueriesError(f"{file}: {_first(invalid, data)}. {NEXT}") from None


def _first(invalid: ValidationError, data: object) -> str:
    """Where the first error is, what it is, and how many more there are."""
    error, more = invalid.errors()[0], invalid.error_count() - 1
    message = error["msg"].removeprefix("Value error, ")
    place = _place(error["loc"], data)
    return f"{place}{message}{f' (and {more} more)' if more else ''}"


def _place(location: Sequence[int | str], data: object) -> str:
    """Such as `query 4 (sort by title), search.size: `; empty for the file as a whole."""
    path = [str(part) for part in location]
    if isinstance(data, dict) and len(location) > 1 and isinstance(location[1], int):
        entry = data[path[0]][location[1]]
        name = entry.get("name") if isinstance(entry, dict) else None
        inner = f", {'.'.join(path[2:])}" if path[2:] else ""
        return f"query {location[1] + 1}{f' ({name})' if name else ''}{inner}: "
    return f"{'.'.join(path)}: " if path else ""
