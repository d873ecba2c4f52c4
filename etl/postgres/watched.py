"""What the gate sees of a target that is somebody else's, besides the users: columns of its view.

They are computed from the merge's own expressions, and held against what the contract and the rows say.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.sql.selectable import Subquery

from etl.contract import PLATFORM_COLUMNS
from etl.postgres.links import differing_links
from etl.postgres.staging import MergeTables
from etl.postgres.values import MERGED_FIELDS, after, as_column, keeps

MASKED_DOMAIN = r"@[A-Za-z0-9.-]{1,100}\.[A-Za-z]{2,24}$"
"""What of an email may be shown: as `etl.rows.spelling.masked_emails` has it."""


def watched(
    tables: MergeTables, email: ColumnElement[Any], *, of_staged: FromClause | None
) -> list[ColumnElement[Any]]:
    """Columns that the gate looks at where a target is somebody else's; none where the tables are ours.

    `email_masked`; `misplaced`: columns that would hold another value than the workbook says;
    `interests_twice`: 1 where an interest would be written a second time.
    of_staged: staged rows with their users; None for the users that are not staged.
    """
    if tables.stored.target.ours:
        return []
    if of_staged is None:
        wrong: list[ColumnElement[Any]] = [literal(""), cast(literal(0), Integer)]
    else:
        twice = tables.staged.c.seq.in_(_twice(tables, of_staged))
        wrong = [_misplaced(tables), cast(twice, Integer)]
    return [
        _masked(email).label("email_masked"),
        wrong[0].label("misplaced"),
        wrong[1].label("interests_twice"),
    ]


def _masked(email: ColumnElement[Any]) -> ColumnElement[Any]:
    domain = func.substring(email, literal(MASKED_DOMAIN))
    return func.concat(func.left(func.lower(email), 1), "…", func.lower(domain))


def _misplaced(tables: MergeTables) -> ColumnElement[Any]:
    """Names of the columns that would not hold what the workbook says, by the contract's word."""
    stored, staged = tables.stored, tables.staged
    written = {
        f"{part.table.name}.{column.name}": (part, field)
        for part in stored.parts
        for field, column in part.columns.items()
    }
    wrong = []
    for field in MERGED_FIELDS:
        place = PLATFORM_COLUMNS[field]
        said = and_(staged.c[field].is_not(None), ~keeps(staged, field))
        if place in written:
            part, by_merge = written[place]
            value = after(stored, part, staged, by_merge)
            expected = as_column(part, part.columns[by_merge], staged.c[field], field)
            differs = cast(value, Text).is_distinct_from(cast(expected, Text))
            said = and_(said, value.is_not(None), differs)
        wrong.append(case((said, literal(place))))
    return func.concat_ws(", ", *wrong)


def _twice(tables: MergeTables, of_staged: FromClause) -> Select[Any]:
    """`seq` of the staged rows of which an interest would be written twice, or again."""
    asked, kept = _asked(tables), _kept(tables, of_staged)
    written = differing_links(asked, kept)
    missing = select(written.c.seq, written.c.key).where(written.c.missing).subquery("missing")
    repeated = select(missing.c.seq).group_by(missing.c.seq, missing.c.key).having(func.count() > 1)
    again = select(missing.c.seq).join(kept, and_(kept.c.seq == missing.c.seq, kept.c.key == missing.c.key))
    return repeated.union_all(again)  # type: ignore[return-value]


def _asked(tables: MergeTables) -> Subquery:
    """The interests of the staged rows: `seq`, `key`, `value`."""
    named, labels = tables.staged_interests, tables.staged_labels
    key = func.lower(labels.c.label).label("key")
    rows = select(named.c.seq, key, labels.c.label.label("value"))
    return rows.join(labels, labels.c.number == named.c.number).subquery("asked")


def _kept(tables: MergeTables, of_staged: FromClause) -> Subquery:
    """The interests that the users of the staged rows have now: `seq`, `key`."""
    links, owner = tables.stored.links, tables.stored.owner
    joined = of_staged.join(links.table, links.owner == owner.key)
    return select(tables.staged.c.seq, links.key.label("key")).select_from(joined).subquery("kept")
