"""How a failing row of a workbook is named, never with personal data."""

from collections.abc import Mapping
from typing import Any

from report.gate_report import Example


def workbook_row(key: Mapping[str, Any]) -> Example:
    """A row of a workbook, e.g. `users.xlsx, Feuil1, row 17: z…@x.fr (invalid_email)`.

    key: `workbook`, `sheet`, `row`, and what there is of `email_masked` and `reasons` (codes).
    """
    masked, reasons = (_text(key.get(name)) for name in ("email_masked", "reasons"))
    sheet, row = f"{key['workbook']}, {key['sheet']}", int(key["row"])
    return Example(
        place=f"{sheet}, row {row}",
        value=f"{masked} ({reasons})" if masked and reasons else masked or reasons,
        french=f"{sheet}, ligne {row}",
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
