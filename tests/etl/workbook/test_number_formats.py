"""A number is read as its cell shows it, in each format of workbooks: a phone with its zero and spaces."""

import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlwt

from etl.workbook.sheets import read_sheets
from tests import workbooks
from tests.binary_workbook import Formatted, write_xlsb
from tests.workbook_xml import edit
from tests.workbooks import ALI, HEADER, Row, workbook

PHONE, AGE = HEADER.index("Téléphone"), HEADER.index("Âge")
Write = Callable[[Path, Row, dict[int, str]], Path]


def read(path: Path) -> pd.DataFrame:
    (sheet,) = read_sheets(str(path))
    return sheet.cells


def xlsx(folder: Path, cells: Row, codes: dict[int, str]) -> Path:
    book = openpyxl.load_workbook(workbook(folder / "d.xlsx", cells, ALI))
    for place, code in codes.items():
        book.worksheets[0].cell(2, place + 1).number_format = code
    book.save(folder / "d.xlsx")
    return folder / "d.xlsx"


def xlsb(folder: Path, cells: Row, codes: dict[int, str]) -> Path:
    formatted = [
        Formatted(float(str(cell)), codes[place]) if place in codes else cell
        for place, cell in enumerate(cells)
    ]
    return write_xlsb(folder / "d.xlsb", {"Feuil1": [HEADER, formatted, ALI]})


def xls(folder: Path, cells: Row, codes: dict[int, str]) -> Path:
    book = xlwt.Workbook()
    page = book.add_sheet("Feuil1")
    for row, each in enumerate((HEADER, cells, ALI)):
        for place, cell in enumerate(each):
            code = codes.get(place) if row == 1 else None
            page.write(row, place, cell, *([xlwt.easyxf(num_format_str=code)] if code else []))
    book.save(str(folder / "d.xls"))
    return folder / "d.xls"


WRITERS = pytest.mark.parametrize("write", [xlsx, xlsb, xls])


@WRITERS
@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ('0#" "##" "##" "##" "##', "06 12 34 56 78"),
        ("0#\\ ##\\ ##\\ ##\\ ##;@", "06 12 34 56 78"),
        ("[$-40C]0#.##.##.##.##", "612345678"),
        ('0#"."##"."##"."##"."##', "06.12.34.56.78"),
        ("0000000000", "0612345678"),
        ('"+33 "0 00 00 00 00', "+33 6 12 34 56 78"),
        ("[<=9999999]###\\-####;\\(###\\)\\ ###\\-####", "(61) 234-5678"),
        ("General", "612345678"),
        ("#,##0.00", "612345678"),
        ("Standard", "612345678"),
        ("0", "612345678"),
    ],
)
def test_a_phone_is_read_as_its_cell_shows_it(tmp_path: Path, write: Write, code: str, shown: str) -> None:
    cells = read(write(tmp_path, workbooks.row(phone=612345678), {PHONE: code, AGE: "0000"}))
    assert (list(cells["phone"]), cells["age"][0]) == ([shown, "06 55 66 77 88"], "31")


@WRITERS
@pytest.mark.parametrize(
    "code",
    ["Standard", "STANDARD", "Estándar", "Normál", "Yleinen", "0 DH", "0.0 jours", "[Red]Standard;[Blue]0"],
)
def test_a_format_whose_letters_only_look_like_those_of_a_date_shows_a_number(
    tmp_path: Path, write: Write, code: str
) -> None:
    assert read(write(tmp_path, workbooks.row(age=31), {AGE: code}))["age"][0] == "31"


@WRITERS
@pytest.mark.parametrize(
    "code",
    ["0_d", "0*y", '0" jours"', "\\d0", "[$DH-40C]\\ 0", "[DBNum1][$-804]General", "[Magenta]0", "GENERAL"],
)
def test_so_does_one_that_has_them_as_literals(tmp_path: Path, write: Write, code: str) -> None:
    assert read(write(tmp_path, workbooks.row(age=31), {AGE: code}))["age"][0] == "31"


@WRITERS
@pytest.mark.parametrize(
    "code",
    [
        "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy",
        "jj/mm/aaaa",
        "yyyy-mm-dd;@",
        "[$-40C]d\\ mmm",
        "h:mm:ss.000",
        "A/P",
    ],
)
def test_a_date_stays_one(tmp_path: Path, write: Write, code: str) -> None:
    cells = read(write(tmp_path, workbooks.row(age=46_053, phone=5), {AGE: code, PHONE: "Standard"}))
    assert (cells["age"][0], cells["phone"][0]) == ("2026-01-31 00:00:00", "5")


def test_a_date_in_four_bytes_of_an_xlsb_is_a_date(tmp_path: Path) -> None:
    row = workbooks.row(age=Formatted(46_053, "dd/mm/yyyy", short=True), phone=Formatted(5, "0", short=True))
    cells = read(write_xlsb(tmp_path / "d.xlsb", {"Feuil1": [HEADER, row]}))
    assert (cells["age"][0], cells["phone"][0]) == ("2026-01-31 00:00:00", "5")


def test_numbers_in_every_record_of_an_xls_are_shown(tmp_path: Path) -> None:
    """xlwt puts neighbours of one row into one record, small ones into four bytes, others into eight."""
    book = xlwt.Workbook()
    page = book.add_sheet("Feuil1")
    style = xlwt.easyxf(num_format_str="00 00 00 00 00")
    for place, name in enumerate(("Nom", "Téléphone", "Email", "Âge")):
        page.write(0, place, name)
    for row, number in enumerate((61_234_567, 6_123_456_789, 12.0), start=1):
        page.write(row, 0, 7, style)
        page.write(row, 1, number, style)
        page.write(row, 2, "a@x.fr")
    book.save(str(tmp_path / "d.xls"))
    cells = read(tmp_path / "d.xls")
    assert list(cells["phone"]) == ["00 61 23 45 67", "61 23 45 67 89", "00 00 00 00 12"]


def test_a_cell_that_names_no_style_has_the_first_one(tmp_path: Path) -> None:
    path = xlsx(tmp_path, workbooks.row(phone=612345678), {})
    edit(
        path,
        lambda xml: xml.replace('<xf numFmtId="0"', '<xf numFmtId="164"').replace(
            "<fonts",
            '<numFmts count="1"><numFmt numFmtId="164" formatCode="00 00 00 00 00"/></numFmts><fonts',
        ),
        part="xl/styles.xml",
    )
    assert read(path)["phone"][0] == "06 12 34 56 78"


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: re.sub(r'(<(?:c|row)) r="[A-Z]*[0-9]+"', r"\1", xml),
        lambda xml: re.sub(r"<(/?)(?=[a-z])", r"<\1x:", xml).replace("xmlns=", "xmlns:x="),
        lambda xml: re.sub(r'="([^"]*)"', r"='\1'", xml),
    ],
    ids=["without references", "with a prefix", "in single quotes"],
)
def test_the_form_of_the_xml_does_not_matter(tmp_path: Path, change: Callable[[str], str]) -> None:
    path = xlsx(tmp_path, workbooks.row(phone=612345678), {PHONE: "00 00 00 00 00"})
    assert read(edit(path, change))["phone"][0] == "06 12 34 56 78"


def test_the_result_of_a_formula_is_shown_like_a_number(tmp_path: Path) -> None:
    path = xlsx(tmp_path, workbooks.row(phone=612345678), {PHONE: "00 00 00 00 00"})
    edit(path, lambda xml: xml.replace("<v>612345678</v>", "<f>A1*1</f><v>612345678</v>"))
    assert read(path)["phone"][0] == "06 12 34 56 78"
