"""How far a sheet reaches is looked at before it is read: no workbook takes the machine."""

import re
import zipfile

import openpyxl
import pytest
import xlsxwriter
import xlwt

from etl.errors import WorkbookError
from etl.workbook.limits import ReadLimits
from etl.workbook.no_value import FORMULA_WITHOUT_VALUE
from etl.workbook.sheets import read_sheets
from tests import workbooks
from tests.workbook_xml import ODS_MIMETYPE, edit, write_ods
from tests.workbooks import ALI, HEADER, ZOE, workbook


def with_cell(path, name, value="x", *, sheet=None, state="visible"):
    """A workbook of users in which one more cell is filled, on the table's sheet or on one of its own."""
    book = openpyxl.load_workbook(workbook(path, ZOE, ALI))
    page = book.create_sheet(sheet) if sheet else book.worksheets[0]
    page[name] = value
    page.sheet_state = state
    book.save(path)
    return path


def refused(path, limits=None):
    with pytest.raises(WorkbookError) as refusal:
        read_sheets(str(path), limits or ReadLimits())
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_one_stray_cell_in_the_last_corner_is_named(tmp_path):
    message = refused(with_cell(tmp_path / "d.xlsx", "XFD1048576"))
    assert message.startswith("d.xlsx, sheet 'Feuil1': cell XFD1048576 makes it 16,384 columns wide (at most")


def test_a_stray_space_far_to_the_right_is_named(tmp_path):
    assert "sheet 'Feuil1': cell XFD3 makes it 16,384 columns" in refused(
        with_cell(tmp_path / "d.xlsx", "XFD3", " ")
    )


def test_a_stray_cell_on_another_visible_sheet_is_named(tmp_path):
    path = with_cell(tmp_path / "d.xlsx", "A1", sheet="Calculs")
    book = openpyxl.load_workbook(path)
    book["Calculs"]["XFD1048576"] = 1
    book.save(path)
    assert refused(path).startswith("d.xlsx, sheet 'Calculs': cell XFD1048576 makes it 16,384 columns wide")


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_never_laid_out(tmp_path, state):
    path = with_cell(tmp_path / "d.xlsx", "A1", sheet="Calculs", state=state)
    book = openpyxl.load_workbook(path)
    book["Calculs"]["XFD1048576"] = 1
    book.save(path)
    users, hidden = read_sheets(str(path))
    assert (len(users.cells), hidden.name, hidden.header, hidden.rows) == (2, "Calculs", None, 2)


def test_far_and_nearly_empty_rows_are_refused(tmp_path):
    path = with_cell(tmp_path / "d.xlsx", "K1048576")
    assert "only 34 cells are filled" in refused(path)


def test_a_cell_that_has_only_a_format_does_not_count(tmp_path):
    path = workbook(tmp_path / "d.xlsx", ZOE)
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["XFD1048576"].font = openpyxl.styles.Font(bold=True)
    book.save(path)
    (sheet,) = read_sheets(str(path))
    assert len(sheet.cells) == 1


def test_more_columns_than_allowed_are_refused(tmp_path):
    path = workbook(tmp_path / "d.xlsx", ZOE, header=(*HEADER, *(f"c{n}" for n in range(16_373))))
    message = refused(path)
    assert "cell XFD1 makes it 16,384 columns wide (at most 1,000: ETL_MAX_COLUMNS)" in message
    assert re.search(r"ETL_MAX_CELLS", refused(path, ReadLimits(columns=20_000, cells=20_000)))


ENDLESS = "z" * 40_000_000


def test_a_cell_of_endless_text_is_refused_before_it_is_read(tmp_path):
    path = workbook(tmp_path / "d.xlsx", workbooks.row(full_name="ENDLESS"))
    edit(path, lambda xml: xml.replace("ENDLESS", ENDLESS))
    message = refused(path)
    assert message.startswith(
        "d.xlsx, sheet 'Feuil1', cell A2: more than 2,000,000 characters (ETL_MAX_CHARACTERS)"
    )


def test_so_is_an_endless_text_that_cells_share(tmp_path):
    path = tmp_path / "d.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("Feuil1")
        page.write_row(0, 0, HEADER)
        page.write_row(1, 0, ("ENDLESS", *ZOE[1:]))
    edit(path, lambda xml: xml.replace("ENDLESS", ENDLESS), part="xl/sharedStrings.xml")
    assert "text 12 of those that its cells share has more than 2,000,000 characters" in refused(path)


def test_a_workbook_that_unpacks_to_more_than_allowed_is_refused(tmp_path):
    path = workbook(tmp_path / "d.xlsx", ZOE)
    edit(path, lambda xml: xml.replace("<sheetData>", " " * 3_000_000 + "<sheetData>"))
    assert "3 MB once unpacked (at most 1 MB: ETL_MAX_UNPACKED_MB)" in refused(
        path, ReadLimits(unpacked_mb=1)
    )


def test_a_sparse_xls_is_refused(tmp_path):
    book = xlwt.Workbook()
    page = book.add_sheet("Feuil1")
    for place, name in enumerate(HEADER):
        page.write(0, place, name)
        page.write(1, place, str(ZOE[place]))
    page.write(65_535, 255, "x")
    book.save(str(tmp_path / "d.xls"))
    assert "cell IV65536 makes it 65,536 rows × 256 columns" in refused(tmp_path / "d.xls")


def test_a_space_repeated_to_the_last_row_of_an_ods_is_nothing(tmp_path):
    path = write_ods(tmp_path / "d.ods", [HEADER, ZOE, ALI])
    space = (
        '<table:table-row table:number-rows-repeated="1048573"><table:table-cell office:value-type="string" '
        'table:number-columns-repeated="16384"><text:p> </text:p></table:table-cell></table:table-row>'
    )
    edit_ods(path, lambda xml: xml.replace("</table:table>", space + "</table:table>"))
    (sheet,) = read_sheets(str(path))
    assert list(sheet.row_numbers) == [2, 3]


def test_a_user_repeated_to_the_last_row_of_an_ods_is_refused(tmp_path):
    path = write_ods(tmp_path / "d.ods", [HEADER, ZOE, ALI])
    edit_ods(
        path,
        lambda xml: "<table:table-row ".join(xml.rsplit("<table:table-row>", 1)).replace(
            "<table:table-row ", '<table:table-row table:number-rows-repeated="9999999">'
        ),
    )
    assert "row 3 is repeated 9,999,999 times" in refused(path)


def edit_ods(path, change):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["content.xml"] = change(parts["content.xml"].decode()).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert parts["mimetype"].decode() == ODS_MIMETYPE


def test_a_table_may_reach_to_the_last_column_that_is_allowed(tmp_path):
    extra = [f"c{n}" for n in range(1000 - len(HEADER))]
    (sheet,) = read_sheets(str(workbook(tmp_path / "d.xlsx", ZOE, header=(*HEADER, *extra))))
    assert len(sheet.cells) == 1


def test_a_mended_copy_is_not_held_in_memory(tmp_path):
    """One formula without a value in 40 MB of cells: reading takes 140 MB, with a copy in memory 250."""
    rows = [workbooks.row(full_name=f"{number} " + "e" * 2_000) for number in range(20_000)]
    path = workbook(tmp_path / "d.xlsx", *rows)
    edit(path, lambda xml: xml.replace('<c r="B2" t="n"><v>31</v></c>', '<c r="B2"><f>A1</f></c>'))
    (sheet,) = read_sheets(str(path), ReadLimits(memory_mb=190))
    assert (len(sheet.cells), sheet.cells["age"][0]) == (20_000, FORMULA_WITHOUT_VALUE)
