"""The sample workbooks hold what they say they hold."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer import Typer
from typer.testing import CliRunner

from etl.contract import COLUMNS, EMAIL_PATTERN, FIELDS
from etl.rows.verdicts import give_verdicts
from etl.steps.extract import source_frame
from etl.workbook.found import take
from etl.workbook.sheets import read_sheets
from local.sample import users as sample_users
from local.sample.users import Defects, SampleCounts, count_defects, users, write_workbook

EMAIL = FIELDS.index("email")
NONE = Defects(0, 0, 0, 0, 0, 0, 0)


def addresses(rows: int, defects: Defects) -> list[str]:
    """The emails as the flow compares them."""
    return [str(cells[EMAIL]).strip().lower() for cells in users(rows, 1, defects)]


def test_the_same_seed_gives_the_same_cells_and_another_seed_gives_others():
    first, again, other = (list(users(200, seed, Defects())) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_counts_are_the_stated_shares_of_the_rows():
    assert count_defects(1000, Defects()) == SampleCounts(
        rows=1000,
        missing_name=5,
        missing_email=5,
        invalid_email=10,
        age_not_a_number=5,
        age_out_of_range=5,
        duplicate_email=10,
        unknown_value=10,
    )


def test_rejected_and_valid_rows_add_up():
    counts = count_defects(1000, Defects.rejecting(0.3))
    assert (counts.rejected, counts.duplicate_email, counts.valid) == (300, 10, 690)


def test_without_defects_every_email_is_valid_and_alone():
    emails = addresses(3000, NONE)
    assert len(set(emails)) == 3000
    assert all(re.fullmatch(EMAIL_PATTERN, email) for email in emails)


def test_a_duplicate_repeats_the_email_of_a_later_row_in_another_spelling():
    emails = addresses(1000, Defects(0, 0, 0, 0, 0, duplicate_email=0.1, unknown_value=0))
    repeated = [place for place, email in enumerate(emails) if email in emails[place + 1 :]]
    assert len(repeated) == 100
    cells = list(users(1000, 1, Defects(0, 0, 0, 0, 0, duplicate_email=0.1, unknown_value=0)))
    assert all(str(cells[place][EMAIL]).strip().isupper() for place in repeated)


@pytest.mark.parametrize(
    ("defect", "field"),
    [
        ("missing_name", "full_name"),
        ("missing_email", "email"),
        ("invalid_email", "email"),
        ("age_not_a_number", "age"),
        ("age_out_of_range", "age"),
    ],
)
def test_a_defect_changes_one_cell_in_its_share_of_rows(defect: str, field: str):
    defective = list(users(400, 1, Defects(**{**asdict(NONE), defect: 0.25})))
    wrong = [cells for cells in defective if is_wrong(field, cells[FIELDS.index(field)])]
    assert len(wrong) == 100
    others = [name for name in ("full_name", "email", "age") if name != field]
    assert not [cells for cells in wrong for name in others if is_wrong(name, cells[FIELDS.index(name)])]


def is_wrong(field: str, cell: object) -> bool:
    match field:
        case "full_name":
            return not str(cell or "").strip()
        case "email":
            return not re.fullmatch(EMAIL_PATTERN, str(cell or ""))
        case _:
            return not (isinstance(cell, int) and 16 <= cell <= 100)


def test_the_workbook_holds_a_header_and_the_users(tmp_path: Path):
    counts = write_workbook(tmp_path / "users.xlsx", rows=50, seed=3, defects=NONE)
    header, *rows = load_workbook(tmp_path / "users.xlsx").active.iter_rows(values_only=True)
    assert header == tuple(column.header for column in COLUMNS)
    assert rows == list(users(50, 3, NONE))
    assert (counts.rows, counts.valid) == (50, 50)


@pytest.mark.parametrize(
    "defects", [Defects(missing_name=1.1), Defects(0.5, 0.5, 0, 0, 0, 0.1, 0), Defects(-0.1)]
)
def test_shares_that_do_not_fit_are_refused(defects: Defects):
    with pytest.raises(ValueError, match="do not fit into 100 rows"):
        count_defects(100, defects)


def test_the_command_says_what_it_wrote(tmp_path: Path):
    app = Typer()
    app.command()(sample_users.main)
    path = tmp_path / "users.xlsx"
    answer = CliRunner().invoke(app, [str(path), "--rows", "100", "--invalid", "0.3"])
    assert answer.exit_code == 0
    assert "100 users (69 valid; missing_name 6, missing_email 6" in answer.output
    assert path.exists()


def test_the_flow_finds_exactly_the_defects_that_were_written(tmp_path: Path):
    counts = write_workbook(tmp_path / "users.xlsx", rows=2000, defects=Defects.rejecting(0.2))
    [book] = take([tmp_path / "users.xlsx"], settle_seconds=0)
    verdicts = give_verdicts(source_frame([(book, sheet) for sheet in read_sheets(book.path)]))
    found = dict(verdicts["reasons"].value_counts())
    found["unknown_value"] = (verdicts["warnings"] != "").sum()
    without_reason = found.pop("")
    assert SampleCounts(len(verdicts), **found) == counts
    assert without_reason == counts.valid
