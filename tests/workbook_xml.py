"""The XML inside workbooks: for what openpyxl does not write."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

SHEET = "xl/worksheets/sheet1.xml"
CONTENT_TYPES = "[Content_Types].xml"
ODS_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"

_ODS_MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">
<manifest:file-entry manifest:full-path="/" manifest:media-type="{mimetype}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>"""

_ODS_CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content office:version="1.2"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet>
<table:table table:name="Feuil1">{rows}</table:table>
</office:spreadsheet></office:body>
</office:document-content>"""


def edit(path: Path, change: Callable[[str], str], *, part: str = SHEET) -> Path:
    """Change one XML part of the workbook; one that does not change is a mistake in the builder."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    before = parts[part].decode()
    parts[part] = change(before).encode()
    if parts[part].decode() == before:
        raise ValueError(f"{path.name}: {part} was not changed")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def write_ods(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """Write the smallest .ods (OpenDocument) that readers take: one sheet of text and numbers."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", ODS_MIMETYPE)
        archive.writestr("META-INF/manifest.xml", _ODS_MANIFEST.format(mimetype=ODS_MIMETYPE))
        archive.writestr("content.xml", _ods_content(rows))
    return path


def _ods_content(rows: Sequence[Sequence[object]]) -> str:
    lines = ("".join(_ods_cells(cells)) for cells in rows)
    return _ODS_CONTENT.format(rows="".join(f"<table:table-row>{line}</table:table-row>" for line in lines))


def _ods_cells(cells: Sequence[object]) -> Iterator[str]:
    for cell in cells:
        kind = f'float" office:value="{cell}' if isinstance(cell, int | float) else "string"
        text = f"<text:p>{escape(str(cell))}</text:p>"
        yield f'<table:table-cell office:value-type="{kind}">{text}</table:table-cell>'
