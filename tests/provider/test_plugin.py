"""Which file stands behind an address below the Data Docs."""

from pathlib import Path

import pytest

from provider.plugin import data_docs_file


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A quality folder with one page, a secret beside the Data Docs and a link to it among them."""
    docs = tmp_path / "data_docs"
    (docs / "validations").mkdir(parents=True)
    (docs / "index.html").write_text("index")
    (docs / "validations" / "page.html").write_text("page")
    (tmp_path / "secret.json").write_text("{}")
    (tmp_path / "data_docs_secret.html").write_text("another folder's, with the same beginning")
    (docs / "link.html").symlink_to(tmp_path / "secret.json")
    monkeypatch.setenv("QUALITY_PATH", str(tmp_path))
    return docs


@pytest.mark.parametrize("path", ["index.html", "validations/page.html", "validations/../index.html"])
def test_a_page_is_found(pages: Path, path: str):
    assert data_docs_file(path) == (pages / path).resolve()


@pytest.mark.parametrize(
    "path",
    [
        "../secret.json",
        "validations/../../secret.json",
        "/etc/passwd",
        "link.html",
        "../data_docs_secret.html",
        "validations",
        "",
        "missing.html",
    ],
)
def test_what_lies_outside_or_is_no_file_is_not_found(pages: Path, path: str):
    assert data_docs_file(path) is None
