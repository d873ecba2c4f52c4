"""The records inside an .xls: for what xlwt does not write."""

from collections.abc import Callable
from pathlib import Path

import olefile
import xlwt

Change = Callable[[int, bytes], tuple[int, bytes]]


def change_records(path: Path, change: Change) -> Path:
    """Change type and data of records of an .xls, each to as many bytes as it had."""
    with olefile.OleFileIO(str(path), write_mode=True) as compound:
        records = compound.openstream("Workbook").read()
        out, place = bytearray(), 0
        while place + 4 <= len(records):
            size = int.from_bytes(records[place + 2 : place + 4], "little")
            kind, data = change(
                int.from_bytes(records[place : place + 2], "little"), records[place + 4 : place + 4 + size]
            )
            out += kind.to_bytes(2, "little") + len(data).to_bytes(2, "little") + data
            place += 4 + size
        compound.write_stream("Workbook", bytes(out + records[place:]))
    return path


def panicking(path: Path) -> Path:
    """An .xls with a formula of which the reader panics: it refers to another one, and not to which."""
    book = xlwt.Workbook()
    book.add_sheet("Feuil1").write(0, 0, xlwt.Formula("TRUE"))
    book.save(str(path))
    formula, reference = 0x06, b"\x01"

    def torn(kind: int, data: bytes) -> tuple[int, bytes]:
        return kind, data[:22] + reference + data[23:] if kind == formula else data

    return change_records(path, torn)
