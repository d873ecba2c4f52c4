"""The name of a table as somebody writes it: `orders`, `sales.orders`, `sales."orders.2026"`."""

import re
from dataclasses import dataclass

from gx.errors import GateMisuse

POSTGRES = "postgres"
"""How a batch begins that is a table of PostgreSQL; one of any database begins with `TABLE`."""

TABLE = "table"

# A part in double quotes may hold dots, and doubled quotes; any other part ends at a dot.
PART = re.compile(r'"(?P<quoted>(?:[^"]|"")+)"|(?P<plain>[^".]+)')


@dataclass(frozen=True)
class TableName:
    """A table or view, in a schema or wherever the database looks when none is named."""

    name: str
    schema: str | None = None

    @classmethod
    def parse(cls, text: str) -> "TableName":
        """The name that a text means. Raises GateMisuse when it is none."""
        parts, end = [], -1
        while end < len(text):
            part = PART.match(text, end + 1)
            if part is None or text[part.end() : part.end() + 1] not in ("", "."):
                raise _no_name(text)
            parts.append(part["plain"] or part["quoted"].replace('""', '"'))
            end = part.end()
        if len(parts) > 2:
            raise _no_name(text)
        return cls(parts[-1], *parts[:-1])

    def __str__(self) -> str:
        return ".".join(_written(part) for part in (self.schema, self.name) if part is not None)


def table_of(batch: str) -> TableName | None:
    """The table that the text of a batch names, as `postgres:<table>` or `table:<table>`; None: a file.

    Raises GateMisuse when what stands behind the colon is no name of a table.
    """
    scheme, _, name = batch.partition(":")
    return TableName.parse(name) if scheme in (POSTGRES, TABLE) else None


def _written(part: str) -> str:
    return '"{}"'.format(part.replace('"', '""')) if "." in part or '"' in part else part


def _no_name(text: str) -> GateMisuse:
    return GateMisuse(
        f"{text!r} names no table: write table or schema.table, and double quotes around a name with a dot"
    )
