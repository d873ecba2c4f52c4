"""Numbers of an .xlsx that their format shows as more than digits, such as a phone: `06 12 34 56 78`."""

import re
import zipfile
from collections.abc import Collection
from xml.etree import ElementTree as ET

from etl.workbook.cell_names import column_number
from etl.workbook.number_format import shown
from etl.workbook.package import Package, local, parse_xml

PROBE = "123456789"


def telling_formats(archive: zipfile.ZipFile, package: Package) -> dict[bytes, str]:
    """The formats that show more than digits, by the number of the style that a cell names."""
    part = package.part_of("styles")
    if package.binary or part not in archive.namelist():
        return {}
    try:
        styles = parse_xml(archive.read(part))
    except ET.ParseError:
        return {}
    elements = list(styles.iter())
    codes = {
        each.get("numFmtId"): each.get("formatCode", "") for each in elements if local(each.tag) == "numFmt"
    }
    cells = next((each for each in elements if local(each.tag) == "cellXfs"), ())
    named = {str(index).encode(): codes.get(style.get("numFmtId"), "") for index, style in enumerate(cells)}
    return {index: code for index, code in named.items() if code and shown(code, PROBE)}


def shown_numbers(
    content: bytes, formats: dict[bytes, str], columns: Collection[int]
) -> dict[tuple[int, int], str]:
    """What such numbers look like in these columns of a sheet, by row and column, both from 1."""
    styles = b"|".join(formats)
    cells = re.compile(
        rb'<(?:\w+:)?c\b(?=[^>]*\br="([A-Z]+)([0-9]+)")(?=[^>]*\bs="('
        + styles
        + rb')")(?![^>]*\bt="[^n])[^>]*>'
        rb"(?:<(?:\w+:)?f\b[^>]*/>|<(?:\w+:)?f\b[^>]*>[^<]*</(?:\w+:)?f>)?<(?:\w+:)?v>([^<]+)<"
    )
    texts = {}
    for letters, row, style, value in cells.findall(content):
        column = column_number(letters.decode())
        text = shown(formats[style], value.decode()) if column in columns else None
        if text is not None:
            texts[int(row), column] = text
    return texts
