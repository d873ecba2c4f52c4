"""What a workbook holds and is not read reaches the gate: told in the mail, or nothing is loaded."""

from pathlib import Path

import pytest

from report.history import reports_of_gate
from report.said import LANGUAGES
from report.store import PAGES
from tests.etl.workbook.test_unread import book_of
from tests.gates import GateClosed
from tests.integration.flow import Flow
from tests.workbooks import ALI, HEADER, ZOE

pytestmark = pytest.mark.postgres


def test_users_on_a_sheet_without_headers_are_not_forgotten(gated: Flow, tmp_path: Path) -> None:
    path = book_of(tmp_path / "d.xlsx", Users=("visible", [HEADER, ZOE]), Suite=("visible", [ALI]))
    with pytest.raises(GateClosed) as stop:
        gated.run(path)
    [closing] = stop.value.report.critical
    assert (closing.key, closing.observed) == (
        "unread_emails",
        "d.xlsx, Suite: no users in it, 1 row, 1 email",
    )
    assert gated.left.keys() == {("run-1", "Extraction")}


def test_hidden_sheets_and_notes_are_told_and_the_users_are_loaded(gated: Flow, tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "d.xlsx",
        Users=("visible", [HEADER, ZOE]),
        Notes=("visible", [("à relire",), ("demander à rh@x.fr",)]),
        Archive=("hidden", [HEADER, ALI]),
        Secret=("veryHidden", [("x",)]),
    )
    assert gated.run(path).inserted == 1
    [report] = reports_of_gate(gated.engine, "users_source", limit=1)
    assert (report.passed, report.severity) == (True, "warning")
    [told] = [each for each in report.warnings if each.key == "unread_parts"]
    assert told.observed == (
        "d.xlsx, Notes: no users in it, 2 rows, 0 emails; d.xlsx, Archive: hidden, 2 rows, 1 email; "
        "d.xlsx, Secret: hidden, 1 row, 0 emails"
    )
    folder = gated.root / "quality" / report.folder
    # Numbers are tied to their nouns there.
    english, french = ((folder / PAGES[each]).read_text().replace("\u00a0", " ") for each in LANGUAGES)
    assert "d.xlsx, Archive: hidden, 2 rows, 1 email" in english
    assert "d.xlsx, Archive\u202f: masquée, 2 lignes, 1 email" in french
