"""The rejected workbook: correct it and drop it back, as it is."""

import json
import os
import stat
from datetime import UTC, date, datetime

import openpyxl
import pytest

from etl.refused import rejected_workbook as refused_rows
from etl.refused.quarantine import documents
from etl.rows.verdicts import give_verdicts
from etl.steps.extract import extract
from pipeline.folder import RunFolder
from tests import awkward_cells, workbooks
from tests.workbook_xml import edit


@pytest.fixture
def rejected_workbook(tmp_path):
    """A function: workbook → the workbook of its rejected rows."""

    def reject(path):
        folder = RunFolder(str(tmp_path / "run"))
        extraction = extract(folder, str(path), settle_seconds=0)
        source = folder.read_frame("source")
        verdicts = give_verdicts(source)
        refused = verdicts.status == "rejected"
        target = tmp_path / "rejected-run.xlsx"
        refused_rows.write(target, source[refused], verdicts.loc[refused, "reasons"], extraction)
        return target

    return reject


def test_only_its_owner_may_read_it(tmp_path, rejected_workbook):
    path = workbooks.workbook(tmp_path / "d.xlsx", ("Zoé", "zoe"), header=("Nom", "Email"))
    before = os.umask(0)
    try:
        assert stat.S_IMODE(rejected_workbook(path).stat().st_mode) == 0o600
    finally:
        os.umask(before)


UNKNOWN = [
    ("X", "X", "X (2)"),
    ("X (2)", "X", "X", "X"),
    ("column 3", None, None),
    (None, "column 3", "column 3 (2)", None),
    ("note", "Note", "NOTE"),
    ("_Reasons", "_reasons (2)", "_REASONS"),
    ("a" * 300 + "1", "a" * 300 + "2", "a" * 200),
    ("\u200b", "\x07", " "),
    ("e\u0301", "\u00e9", "E\u0301"),
    ("X (2)", "X (2)", "X (2) (2)", "X", "X"),
]


@pytest.mark.parametrize("unknown", UNKNOWN, ids=[repr(texts)[:40] for texts in UNKNOWN])
def test_no_unknown_column_overwrites_another_here_or_in_quarantine_or_in_a_replay(
    tmp_path, rejected_workbook, unknown
):
    notes = [f"cell {place}" for place in range(len(unknown))]
    path = workbooks.workbook(tmp_path / "d.xlsx", ("Zoé", "zoe", *notes), header=("Nom", "Email"))
    book = openpyxl.load_workbook(path)
    for place, text in enumerate(unknown, start=3):
        book.worksheets[0].cell(1, place, text if text != "\x07" else "BELL")
    book.save(path)
    if "\x07" in unknown:
        edit(path, lambda xml: xml.replace("BELL", "_x0007_"))
    rejected = rejected_workbook(path)
    header, row = cells(rejected)
    assert len(set(header)) == len(header) == len(unknown) + 4
    assert row[: len(unknown) + 2] == ["Zoé", "zoe", *notes] or sorted(row[2:-2]) == notes
    source = RunFolder(str(tmp_path / "run")).read_frame("source")
    (document,) = documents(source, {"full_name": "Nom", "email": "Email"})
    assert sorted(json.loads(document).values()) == sorted(["Zoé", "zoe", *notes])
    replay = RunFolder(str(tmp_path / "again"))
    extract(replay, str(rejected), settle_seconds=0)
    again = replay.read_frame("source")
    assert [name for name in again if name.startswith("source:")] == [
        name for name in source if name.startswith("source:")
    ]


def test_columns_that_no_sheet_can_hold_are_left_out_and_counted(tmp_path, rejected_workbook, monkeypatch):
    monkeypatch.setattr(refused_rows, "MAX_SHEET_COLUMNS", 5)
    header = ("Nom", "Email", "Note", "Note 2", "Note 3")
    path = workbooks.workbook(tmp_path / "d.xlsx", ("Zoé", "zoe", "a", "b", "c"), header=header)
    shown, row = cells(rejected_workbook(path))
    assert shown == ["Nom", "Email", "Note", "_reasons", "_extracted_at"]
    assert row[3].endswith("; 2 columns more do not fit in here: see the table quarantine")


def test_a_known_header_that_is_too_long_is_the_contracts(tmp_path, rejected_workbook):
    header = ("." * 300 + "Nom", "." * 300 + "Email")
    path = workbooks.workbook(tmp_path / "d.xlsx", ("Zoé", "zoe"), header=header)
    assert cells(rejected_workbook(path))[0][:2] == ["Nom", "Email"]


def cells(path):
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_it_has_the_sources_own_columns_the_reasons_and_the_marker(tmp_path, rejected_workbook):
    path = workbooks.workbook(tmp_path / "d.xlsx", ("Zoé", "zoe", "vip"), header=("NOM ", "E-mail", "Note"))
    header, row = cells(rejected_workbook(path))
    assert header == ["NOM", "E-mail", "Note", "_reasons", "_extracted_at"]
    assert row[:4] == [
        "Zoé",
        "zoe",
        "vip",
        "invalid_email: the email is not an address such as zoe@example.fr",
    ]
    assert datetime.fromisoformat(row[4]) <= datetime.now(tz=UTC)


def test_a_formula_stays_text(tmp_path, rejected_workbook):
    path = rejected_workbook(awkward_cells.hostile_emails(tmp_path))
    sheet = openpyxl.load_workbook(path).worksheets[0]
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s"}
    assert any(str(cell.value).startswith("=") for row in sheet.iter_rows() for cell in row)


def test_what_a_cell_cannot_hold_is_cut_and_marked(tmp_path, rejected_workbook):
    long = workbooks.row(full_name="a" * 32_767, email="z", phone="_x0041_")
    path = workbooks.workbook(tmp_path / "d.xlsx", long)
    _, row = cells(rejected_workbook(path))
    assert len(row[0]) == workbooks.MAX_CELL
    cut = refused_rows.shown_text("b\x07" + "a" * 40_000)
    assert (cut[:2], len(cut)) == ("ba", workbooks.MAX_CELL)


def test_a_date_where_an_age_belongs_is_rejected_as_it_was_read(tmp_path, rejected_workbook):
    rows = [workbooks.row(age=date(1995, 1, 31)), workbooks.row(age=" 31 "), workbooks.row(age=31.0)]
    header, *refused = cells(rejected_workbook(workbooks.workbook(tmp_path / "d.xlsx", *rows)))
    assert [row[1] for row in refused] == ["1995-01-31 00:00:00"]
    reasons = refused[0][header.index("_reasons")]
    assert reasons == "age_not_a_number: the age is not a whole number"


def test_it_is_read_back_as_it_was(tmp_path, rejected_workbook):
    typed = workbooks.row(full_name="<b>", email="_x005F_x0041_", phone="'06", interests="\u200fعلم")
    path = rejected_workbook(workbooks.workbook(tmp_path / "d.xlsx", typed))
    folder = RunFolder(str(tmp_path / "again"))
    extract(folder, str(path), settle_seconds=0)
    row = folder.read_frame("source").iloc[0]
    assert list(row[["full_name", "email", "phone", "interests"]]) == ["<b>", "_x0041_", "'06", "\u200fعلم"]
    assert row["replay"]


def test_without_a_rejected_row_no_workbook_stays(tmp_path, rejected_workbook):
    (tmp_path / "rejected-run.xlsx").write_bytes(b"of an earlier attempt")
    assert not rejected_workbook(workbooks.workbook(tmp_path / "d.xlsx", workbooks.ZOE)).exists()
