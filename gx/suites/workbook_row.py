"""How a failing row of a workbook is named, never with personal data."""

from collections.abc import Mapping
from typing import Any

from report.gate_report import Example


def workbook_row(key: Mapping[str, Any]) -> Example:
    """A row of a workbook, e.g. `users.xlsx, Feuil1, row 17: z…@x.fr (invalid_email)`.

    key: `workbook`, `sheet`, `row`, and what there is of `email_masked` and `reasons` (codes).
    """
    masked, reasons = (_text(key.get(name)) for name in ("email_masked", "reasons"))
    return Example(
        place=f"{key['workbook']}, {key['sheet']}, row {int(key['row'])}",
        value=f"{masked} ({reasons})" if masked and reasons else masked or reasons,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
