"""Forms that few programs write: each is read as it is shown, or refused with its reason."""

import re
import struct
import zipfile
from pathlib import Path

import pytest
import xlwt

from etl.errors import WorkbookError
from etl.workbook.sheets import Sheet, read_sheets
from tests import workbooks
from tests.binary_workbook import Formula, write_xlsb
from tests.old_workbook import change_records, panicking
from tests.workbook_xml import edit
from tests.workbooks import ALI, HEADER, ZOE, workbook

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
STRICT = "http://purl.oclc.org/ooxml/officeDocument"
MAIN, STRICT_MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)


def only(path: Path) -> Sheet:
    (sheet,) = read_sheets(str(path))
    return sheet


@pytest.mark.parametrize(
    "error", ["#REF!", "#N/A", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#VALUE!", "#GETTING_DATA"]
)
def test_an_error_in_an_xlsb_is_read_as_it_is_shown(tmp_path: Path, error: str) -> None:
    rows = [HEADER, workbooks.row(phone=Formula(error), age=error), ALI]
    cells = only(write_xlsb(tmp_path / "d.xlsb", {"Feuil1": rows})).cells
    assert (list(cells["phone"]), cells["age"][0]) == ([error, "06 55 66 77 88"], error)


def test_an_error_that_is_new_to_an_xlsb_is_one(tmp_path: Path) -> None:
    rows = [HEADER, workbooks.row(phone=Formula("#SPILL!"))]
    assert only(write_xlsb(tmp_path / "d.xlsb", {"Feuil1": rows})).cells["phone"][0] == "#ERROR!"


def test_results_of_formulas_of_an_xlsb_are_read(tmp_path: Path) -> None:
    rows = [HEADER, workbooks.row(full_name=Formula("Zoé"), age=Formula(31))]
    cells = only(write_xlsb(tmp_path / "d.xlsb", {"Feuil1": rows})).cells
    assert (cells["full_name"][0], cells["age"][0]) == ("Zoé", "31")


def test_a_chart_sheet_of_an_xlsb_is_passed_over(tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "d.xlsb", {"Feuil1": [HEADER, ZOE]}, charts=["Graphique"])
    assert (only(path).name, list(only(path).cells["email"])) == ("Feuil1", ["zoe@x.fr"])


def test_cells_of_an_xlsb_in_a_form_that_nobody_writes_are_refused(tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "d.xlsb", {"Feuil1": [HEADER, workbooks.row(phone=None)]})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    # Before the end of the cells, one without its column: a truth value.
    name = "xl/worksheets/sheet1.bin"
    parts[name] = parts[name].replace(bytes([146, 1, 0]), bytes([15, 5, 0, 0, 0, 0, 1, 146, 1, 0]))
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    with pytest.raises(WorkbookError, match=r"^d\.xlsb, sheet 'Feuil1': 1 cells in a short form"):
        read_sheets(str(path))


@pytest.mark.parametrize(
    ("kind", "folder"),
    [
        ("http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet", "macrosheets"),
        (f"{OFFICE}/relationships/dialogsheet", "dialogsheets"),
    ],
)
def test_a_macro_sheet_or_a_dialog_is_passed_over(tmp_path: Path, kind: str, folder: str) -> None:
    path = workbook(tmp_path / "d.xlsm", ZOE, ALI)
    sheet = '<sheet name="Macro1" sheetId="9" state="visible" r:id="rId99"/>'
    edit(
        path,
        lambda xml: xml.replace("<sheets>", f'<sheets xmlns:r="{OFFICE}/relationships">{sheet}'),
        part="xl/workbook.xml",
    )
    related = f'<Relationship Id="rId99" Type="{kind}" Target="{folder}/sheet1.xml"/>'
    edit(
        path,
        lambda xml: xml.replace("</Relationships>", f"{related}</Relationships>"),
        part="xl/_rels/workbook.xml.rels",
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(
            f"xl/{folder}/sheet1.xml", f'<xm:macrosheet xmlns:xm="{MAIN}"><sheetData/></xm:macrosheet>'
        )
    assert list(only(path).cells["email"]) == ["zoe@x.fr", "ali@x.fr"]


def test_a_workbook_in_the_strict_form_is_read(tmp_path: Path) -> None:
    """Excel's "Strict Open XML Spreadsheet": other namespaces, and dates as texts."""
    path = workbook(tmp_path / "d.xlsx", workbooks.row(age="DATE"), ALI)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    date = '<c r="B2" t="d"><v>2026-01-31T12:30:00</v></c>'
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = re.sub(r'<c r="B2" t="inlineStr"><is><t>DATE</t></is></c>', date, parts[sheet])
    assert date in parts[sheet]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            strict = content.replace(f"{OFFICE}/relationships", f"{STRICT}/relationships")
            archive.writestr(name, strict.replace(MAIN, STRICT_MAIN))
    cells = only(path).cells
    assert list(cells["email"]) == ["zoe@x.fr", "ali@x.fr"]
    assert cells["age"][0] == "2026-01-31T12:30:00"


@pytest.mark.parametrize("other", ["xl/worksheets/sheet1.xml", "xl/worksheets/Sheet1.xml"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_is_there_twice_is_named(tmp_path: Path, other: str) -> None:
    path = workbook(tmp_path / "d.xlsx", ZOE)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(other, archive.read("xl/worksheets/sheet1.xml"))
    with pytest.raises(WorkbookError, match=r"^d\.xlsx: its part xl/worksheets/sheet1\.xml is in the file 2"):
        read_sheets(str(path))


@pytest.mark.parametrize("part", ["_rels/.rels", "xl/_rels/workbook.xml.rels", "xl/workbook.xml"])
def test_a_list_of_sheets_that_is_no_xml_is_damaged(tmp_path: Path, part: str) -> None:
    path = edit(workbook(tmp_path / "d.xlsx", ZOE), lambda xml: xml[:100] + "<CORRUPTED", part=part)
    with pytest.raises(WorkbookError, match=r"^d\.xlsx: damaged: its list of sheets \(.*\) cannot be read"):
        read_sheets(str(path))


def test_a_byte_that_is_wrong_within_a_part_is_damage(tmp_path: Path) -> None:
    path = workbook(tmp_path / "d.xlsx", *[ZOE] * 50)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    for offset in range(200, 400):
        content[place + offset] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(WorkbookError, match=r"^d\.xlsx: damaged or cut off \(.*\)\. Deliver it again\.$"):
        read_sheets(str(path))


@pytest.mark.parametrize("kind", [0x206, 0x406])
def test_formulas_of_an_xls_that_are_marked_as_older_ones_are_read(tmp_path: Path, kind: int) -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("Feuil1")
    for place, name in enumerate(HEADER):
        page.write(0, place, name)
        page.write(1, place, ZOE[place] if name != "Âge" else xlwt.Formula("30+1"))
    book.save(str(tmp_path / "d.xls"))

    def older(found: int, data: bytes) -> tuple[int, bytes]:
        return (kind, data[:6] + struct.pack("<d", 31) + data[14:]) if found == 0x06 else (found, data)

    change_records(tmp_path / "d.xls", older)
    cells = only(tmp_path / "d.xls").cells
    assert (list(cells["email"]), cells["age"][0]) == (["zoe@x.fr"], "31")


@pytest.mark.parametrize("name", ["d.xls", "d.xlsx"])
def test_what_the_reader_panics_of_is_said_in_plain_words(tmp_path: Path, name: str) -> None:
    path = panicking(tmp_path / name)
    with pytest.raises(WorkbookError) as refusal:
        read_sheets(str(path))
    assert str(refusal.value) == (
        f"{name}: the reader gave up on it. Split it if it is large; else open it in a spreadsheet program "
        "and save it as .xlsx."
    )
