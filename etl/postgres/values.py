"""What a merge makes of a row's values, as SQL expressions: which it keeps, changes, makes."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Integer, String, Table, and_, case, cast, func, or_

from etl.contract import COLUMNS, OPTIONAL_FIELDS, barred
from etl.kinds import Decimal
from etl.postgres.stored import Stored, StoredPart
from etl.postgres.target import STORED_FIELDS

MERGED_FIELDS = tuple(field for field in STORED_FIELDS if field != "email")
"""What a merge may change in a stored user. The stored spelling of the email stays."""

KINDS = {column.field: column.kind for column in COLUMNS}


def keeps(staged: Table, field: str) -> ColumnElement[bool]:
    """Whether a staged row leaves a field as it is."""
    # Most rows keep nothing, and an empty text is compared before any name is looked for.
    return and_(staged.c.keep != "", func.strpos(staged.c.keep, barred([field])) > 0)


def fitted(part: StoredPart, staged: Table, field: str) -> ColumnElement[Any]:
    """A staged value as its column takes it."""
    return as_column(part, part.columns[field], staged.c[field], field)


def as_column(
    part: StoredPart, column: Column[Any], value: ColumnElement[Any], field: str
) -> ColumnElement[Any]:
    """A value as a column takes it: whole years, and an empty text where it must be filled."""
    if isinstance(KINDS[field], Decimal) and isinstance(column.type, Integer):
        return cast(func.floor(value), Integer)
    optional = field in OPTIONAL_FIELDS and field not in part.required
    if optional and not column.nullable and isinstance(column.type, String):
        return func.coalesce(value, "")
    return value


def _arriving(part: StoredPart, staged: Table, field: str) -> ColumnElement[Any]:
    """The same for a row that is stored: what it requires is never emptied."""
    value = fitted(part, staged, field)
    return func.coalesce(value, part.columns[field]) if field in part.required else value


def changes(part: StoredPart, staged: Table) -> ColumnElement[bool]:
    """Whether a staged row changes the row that a user has in a table; to be asked where there is one."""
    fields = [field for field in MERGED_FIELDS if field in part.columns]
    changed = {
        field: part.columns[field].is_distinct_from(_arriving(part, staged, field)) for field in fields
    }
    return or_(
        *(
            different if field == "full_name" else and_(~keeps(staged, field), different)
            for field, different in changed.items()
        )
    )


def makes(part: StoredPart, staged: Table) -> ColumnElement[bool]:
    """Whether a satellite's row is made: there is none, what it requires is known, and anything at all is."""
    known = [fitted(part, staged, field).is_not(None) for field in sorted(part.required)]
    any_known = or_(*(staged.c[field].is_not(None) for field in part.columns))
    return and_(part.key.is_(None), *known, any_known)


def differs(stored: Stored, staged: Table) -> ColumnElement[bool]:
    """Whether a staged row changes the stored user; false where there is none."""
    of_satellites = [
        or_(and_(part.key.is_not(None), changes(part, staged)), makes(part, staged))
        for part in stored.satellites
    ]
    return and_(stored.person.key.is_not(None), or_(changes(stored.person, staged), *of_satellites))


def merged(part: StoredPart, staged: Table, field: str) -> ColumnElement[Any]:
    """The value of a field after the merge, where the row is stored."""
    value = _arriving(part, staged, field)
    return value if field == "full_name" else case((keeps(staged, field), part.columns[field]), else_=value)


def after(stored: Stored, part: StoredPart, staged: Table, field: str) -> ColumnElement[Any]:
    """The value of a field after the merge; NULL where a satellite has no row, and gets none."""
    value = merged(part, staged, field)
    if part is stored.person:
        return value
    return case((or_(part.key.is_not(None), makes(part, staged)), value))
