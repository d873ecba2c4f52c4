"""What a file is decides how it is read, and what a person sees in a cell is what is read, in each format."""

import re

import olefile
import openpyxl
import pytest
import xlwt
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from etl.errors import WorkbookError
from etl.workbook import grids
from etl.workbook.sheets import read_sheets
from tests import workbooks
from tests.workbook_xml import edit, write_ods
from tests.workbooks import ALI, HEADER, ZOE, workbook


def cells_of(path):
    """The cells of the only sheet with users."""
    (sheet,) = [sheet for sheet in read_sheets(str(path)) if sheet.header]
    return sheet.cells


def old_workbook(path, *rows):
    book = xlwt.Workbook()
    page = book.add_sheet("Feuil1")
    for number, cells in enumerate((HEADER, *rows)):
        for place, cell in enumerate(cells):
            page.write(number, place, cell)
    book.save(str(path))
    return path


def test_an_xlsx_named_xls_is_read_as_what_it_is(tmp_path):
    path = workbook(tmp_path / "d.xlsx", ZOE).rename(tmp_path / "d.xls")
    assert cells_of(path)["email"][0] == "zoe@x.fr"


@pytest.mark.parametrize("suffix", [".xlsx", ".xlsb", ".ods"])
def test_an_xls_under_another_name_is_read_as_what_it_is(tmp_path, suffix):
    path = old_workbook(tmp_path / "d.xls", ZOE, ALI).rename(tmp_path / f"d{suffix}")
    assert list(cells_of(path)["email"]) == ["zoe@x.fr", "ali@x.fr"]


def test_a_password_on_an_xls_is_said_to_be_one(tmp_path):
    path = old_workbook(tmp_path / "d.xls", ZOE)
    with olefile.OleFileIO(str(path), write_mode=True) as compound:
        records = bytearray(compound.openstream("Workbook").read())
        # The record behind the first one becomes that of a password.
        place = 4 + int.from_bytes(records[2:4], "little")
        records[place : place + 2] = (0x2F).to_bytes(2, "little")
        compound.write_stream("Workbook", bytes(records))
    with pytest.raises(WorkbookError, match=r"^d\.xls: protected by a password\. Save it without one\.$"):
        read_sheets(str(path))


@pytest.mark.parametrize("error", ["#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#NOUVEAU!"])
def test_an_error_value_that_is_new_is_read_as_it_is_shown(tmp_path, error):
    path = workbook(tmp_path / "d.xlsx", workbooks.row(phone="#REF!"), ALI)
    edit(path, lambda xml: xml.replace("#REF!", error))
    assert list(cells_of(path)["phone"]) == [error, "06 55 66 77 88"]


@pytest.mark.parametrize("dimension", ['<dimension ref="A0:K0"/>', "", "<dimension/>", '<dimension ref=""/>'])
def test_a_wrong_dimension_or_none_does_not_matter(tmp_path, dimension):
    path = workbook(tmp_path / "d.xlsx", ZOE)
    edit(path, lambda xml: re.sub(r"<dimension[^>]*/>", dimension, xml))
    assert cells_of(path)["email"][0] == "zoe@x.fr"


def test_a_chart_sheet_is_no_sheet_of_cells(tmp_path):
    book = openpyxl.load_workbook(workbook(tmp_path / "d.xlsx", ZOE))
    book.create_chartsheet("Graphique", 0)
    book.save(tmp_path / "d.xlsx")
    assert [sheet.name for sheet in read_sheets(str(tmp_path / "d.xlsx"))] == ["Feuil1"]


def test_a_sheet_that_leads_to_no_part_is_named(tmp_path):
    book = openpyxl.load_workbook(workbook(tmp_path / "d.xlsx", ZOE))
    book.create_sheet("Février")
    book.save(tmp_path / "d.xlsx")
    edit(
        tmp_path / "d.xlsx",
        lambda xml: xml.replace("/xl/worksheets/sheet2.xml", "/xl/worksheets/sheet9.xml"),
        part="xl/_rels/workbook.xml.rels",
    )
    with pytest.raises(WorkbookError, match=r"^d\.xlsx, sheet 'Février': listed, but its part is not in"):
        read_sheets(str(tmp_path / "d.xlsx"))


def test_a_header_far_down_is_found(tmp_path):
    rows = [("Consignes",)] * 500
    assert cells_of(workbook(tmp_path / "d.xlsx", *rows, HEADER, ZOE, header=None))["age"][0] == "31"


@pytest.mark.parametrize("behind", ["", '<x15:workbookPr xmlns:x15="urn:x15" chartTrackingRefBase="1"/>'])
def test_dates_of_a_workbook_that_counts_from_1904_are_right(tmp_path, behind):
    path = tmp_path / "d.xlsx"
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    page = book.worksheets[0]
    page.append(HEADER)
    page.append(ZOE)
    page["E2"] = 44_591
    page["E2"].number_format = "yyyy-mm-dd"
    book.save(path)
    edit(path, lambda xml: xml.replace("<bookViews>", f"{behind}<bookViews>") + " ", part="xl/workbook.xml")
    assert cells_of(path)["phone"][0] == "2026-01-31 00:00:00"


def test_a_text_that_an_office_keeps_as_a_value_is_read(tmp_path):
    path = workbook(tmp_path / "d.xlsx", workbooks.row(phone="PHONE"))
    edit(path, lambda xml: xml.replace("<is><t>PHONE</t></is>", "<f>A1</f><v>0612</v>"))
    assert cells_of(path)["phone"][0] == "0612"


STRING = 'office:value-type="string"'
ODS_CELLS = [
    (STRING, "<text:p>Python<text:line-break/>Linux</text:p>", "Python\nLinux"),
    (STRING, "<text:p>a</text:p><text:p>b</text:p>", "a\nb"),
    (STRING, '<text:p>a<text:tab/>b<text:s text:c="2"/>c</text:p>', "a\tb  c"),
    (STRING, "<office:annotation><text:p>note</text:p></office:annotation><text:p>x</text:p>", "x"),
    (f'{STRING} calcext:value-type="error"', "<text:p>#REF!</text:p>", "#REF!"),
    ('office:value-type="time" office:time-value="PT08H05M00S"', "<text:p>08:05</text:p>", "08:05:00"),
    (
        'office:value-type="date" office:date-value="2026-01-31"',
        "<text:p>31/01</text:p>",
        "2026-01-31 00:00:00",
    ),
    (
        'office:value-type="float" office:value="612345678"',
        "<text:p>06 12 34 56 78</text:p>",
        "06 12 34 56 78",
    ),
]


@pytest.mark.parametrize(("kind", "inside", "text"), ODS_CELLS)
def test_a_cell_of_an_ods_is_read_as_a_person_sees_it(tmp_path, kind, inside, text):
    xml = f"<table:table-cell {kind}>{inside}</table:table-cell>"
    path = write_ods(tmp_path / "d.ods", [HEADER, workbooks.row(phone="PHONE"), ALI])
    names = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
    old = '<table:table-cell office:value-type="string"><text:p>PHONE</text:p></table:table-cell>'
    edit(
        path,
        lambda whole: whole.replace(old, xml).replace("office:version", f"{names}office:version", 1),
        part="content.xml",
    )
    assert list(cells_of(path)["phone"]) == [text, "06 55 66 77 88"]


def test_of_several_broken_workbooks_each_is_one_line(tmp_path):
    whole = workbook(tmp_path / "d.xlsx", *[ZOE] * 200).read_bytes()
    for number in range(1, 12):
        path = tmp_path / f"cut{number}.xlsx"
        path.write_bytes(whole[: len(whole) * number // 12])
        with pytest.raises(WorkbookError, match=rf"^cut{number}\.xlsx: damaged or cut off"):
            read_sheets(str(path))


def test_an_old_workbook_that_takes_too_much_memory_is_not_called_damaged(tmp_path, monkeypatch):
    def floods(content):
        raise MemoryError

    path = old_workbook(tmp_path / "d.xls", ALI)
    monkeypatch.setattr(grids, "read_old_workbook", floods)
    with pytest.raises(WorkbookError, match=r"more than [\d,]+ MB of memory \(ETL_READ_MEMORY_MB\)"):
        read_sheets(path)
