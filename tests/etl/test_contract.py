"""What follows from the contract: everybody who reads it knows the same fields."""

import random

import pandas as pd
import pytest

from etl.contract import COLUMNS, FIELDS, RANGES, REQUIRED_FIELDS, VALUE_SETS, Column
from etl.kinds import Age, Choice, Decimal, Email, Kind, Labels, Name, Text
from etl.postgres.schema import USERS
from etl.postgres.target import STORED_FIELDS
from etl.rows import spelling
from etl.rows.values import read
from gx.suites import users_ready, users_source
from local.sample.users import made_up
from tests.frames import verdicts

KINDS = {column.field: column.kind for column in COLUMNS}


def of(*kinds: type) -> set[str]:
    return {field for field, kind in KINDS.items() if isinstance(kind, kinds)}


def test_the_verdicts_know_every_field():
    assert set(FIELDS) <= set(verdicts({}).columns)


def test_the_table_has_every_field_that_is_not_labels():
    own = {"user_id", "created_at", "updated_at"}
    assert set(USERS.c.keys()) - own == set(STORED_FIELDS) == set(FIELDS) - of(Labels)
    assert {column.name for column in USERS.c if not column.nullable} - own == set(REQUIRED_FIELDS)


def test_the_suites_know_every_field():
    source = users_source.build(
        {"unknown_columns": [], "replay_only": False, "unread": [], "counted": []}, users_source.THRESHOLDS
    )
    [known] = [e.known_columns for e in source if hasattr(e, "known_columns")]
    assert set(FIELDS) <= set(known)
    ready = users_ready.build({"source_rows": 1, "replay_only": False}, users_ready.THRESHOLDS)
    must_hold = {getattr(one, "column", None) for one in ready if one.severity == "critical"}
    assert must_hold & set(FIELDS) == of(Name, Email, Age, Decimal, Choice)
    assert set(VALUE_SETS) | set(RANGES) == of(Age, Decimal, Choice)


@pytest.mark.parametrize("field", VALUE_SETS)
def test_every_value_is_a_spelling_of_itself_and_no_spelling_stands_for_two(field: str):
    kind = KINDS[field]
    assert isinstance(kind, Choice)
    typed = [spelled for spellings in kind.spellings.values() for spelled in spellings]
    assert [spelling.key(text) for text in typed] == typed
    assert len(set(typed)) == len(typed)
    assert set(map(spelling.key, kind.values)) <= set(typed)


@pytest.mark.parametrize(
    "kind", [Text(), Decimal(20, digits=4, places=1), Choice({"a": ("a", "ah")}), Labels(longest=30)], ids=str
)
def test_what_the_sample_makes_up_of_a_kind_is_understood(kind: Kind):
    rng = random.Random(1)
    cells = pd.Series([str(made_up(kind, rng)) for _ in range(50)], dtype="str")
    found = read(Column("made_up", "Made up", kind), cells)
    assert found.values.notna().all()
    assert not found.flagged.any()
