"""How a failing row is named: from the key columns of its batch, never with personal data."""

from collections.abc import Mapping
from typing import Any

from gx.report import Example


def workbook_row(key: Mapping[str, Any]) -> Example:
    """A row of a workbook, e.g. `users.xlsx, Feuil1, row 17: z…@x.fr (invalid_email)`.

    key: `workbook`, `sheet`, `row`, and what there is of `email_masked` and `reasons` (codes).
    """
    masked, reasons = (_text(key.get(name)) for name in ("email_masked", "reasons"))
    return Example(
        place=f"{key['workbook']}, {key['sheet']}, row {int(key['row'])}",
        value=f"{masked} ({reasons})" if masked and reasons else masked or reasons,
    )


def bucket(key: Mapping[str, Any]) -> Example:
    """A bucket of a comparison, e.g. `bucket 17: missing a1, changed b2`.

    key: `bucket`, and `documents`: what is wrong with which documents, by their ids.
    """
    return Example(place=f"bucket {key.get('bucket')}", value=_text(key.get("documents")))


def field(key: Mapping[str, Any]) -> Example:
    """A field of a profile, e.g. `cours.titre: missing in 3 documents`. key: `field`, `missing`."""
    return Example(place=_text(key.get("field")), value=f"missing in {key.get('missing')} documents")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
