"""What stands on the disk afterwards: a folder a verdict, without personal data or live text."""

import csv
import hashlib
import json
from pathlib import Path

import pytest

from report.gate_report import GateReport
from report.settings import QualitySettings
from tests.gx.frames import ALI, ZOE, source, valid_users, verdicts


def written(settings: QualitySettings) -> str:
    files = [path for path in Path(settings.path).rglob("*") if path.suffix in (".json", ".html")]
    return "".join(path.read_text(encoding="utf-8") for path in files)


def test_a_verdict_is_a_folder_with_its_pages_and_all_that_belongs_to_them(gate, settings):
    report = gate("users_ready", verdicts(ZOE, ALI, {"status": "rejected"}), run="manual__2026-11-24")
    folder = Path(settings.path) / report.folder
    assert report.page.startswith("runs/users_ready/manual__2026-11-24/")
    assert {file.name for file in folder.iterdir()} == {
        *("index.html", "index.fr.html", "great_expectations.html"),
        *("report.json", "result.json", "rows.csv", "SHA256SUMS"),
    }
    result = json.loads((Path(settings.path) / report.result_file).read_text())
    assert result["success"] is False
    assert result["meta"]["run_id"]["run_name"] == report.run_name
    assert GateReport.from_dict(json.loads((folder / "report.json").read_text())) == report


def test_the_checksums_are_those_of_the_files(gate, settings):
    folder = Path(settings.path) / gate("users_ready", verdicts(ZOE, ALI)).folder
    lines = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    files = {file.name: file.read_bytes() for file in folder.iterdir() if file.name != "SHA256SUMS"}
    assert lines == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def test_a_repeated_gate_has_a_folder_of_its_own(gate, settings):
    one, other = (gate("users_ready", verdicts(ZOE, ALI)).page for _ in range(2))
    assert one != other
    assert all((Path(settings.path) / page).is_file() for page in (one, other))


@pytest.mark.parametrize("run", ["profiling", "..", "a/b", "\u00e9t\u00e9 = 1", "x" * 300])
def test_a_run_may_have_any_name(gate, settings, run):
    page = (Path(settings.path) / gate("users_ready", verdicts(ZOE), run=run).page).resolve()
    assert page.is_file()
    assert page.is_relative_to(Path(settings.path).resolve() / "runs" / "users_ready")


def test_runs_whose_names_differ_in_a_sign_that_a_path_cannot_hold_have_two_folders(gate):
    one, other = (Path(gate("users_ready", verdicts(ZOE), run=run).folder).parent for run in ("a:b", "a/b"))
    assert one != other


def test_all_failing_rows_are_in_the_csv_by_their_keys(gate, settings):
    rejected = {"status": "rejected", "reasons": "invalid_email"}
    report = gate("users_ready", verdicts(*valid_users(10), *[rejected] * 3000))
    rows = (Path(settings.path) / report.folder / "rows.csv").read_text().splitlines()
    assert rows[0] == "check,workbook,sheet,row,email_masked,reasons"
    assert len(rows) == 1 + 3000
    assert len(set(rows)) == 1 + 3000
    assert all(row.endswith(",invalid_email") for row in rows[1:])


def test_rows_that_the_limit_allows_are_in_the_csv_too(gate, settings):
    report = gate("users_ready", verdicts(*valid_users(10), {"status": "rejected"}))
    assert report.passed
    assert len((Path(settings.path) / report.folder / "rows.csv").read_text().splitlines()) == 2


def test_no_cell_of_the_csv_is_a_formula(gate, settings):
    sheets = [f"{sign}1+1" for sign in ("=", "+", "-", "@", "\t", "\r")]
    report = gate("users_ready", verdicts(ZOE, *({"status": "rejected", "sheet": sheet} for sheet in sheets)))
    with (Path(settings.path) / report.folder / "rows.csv").open(newline="") as file:
        assert {row["sheet"] for row in csv.DictReader(file)} == {f"'{sheet}" for sheet in sheets}


def test_no_personal_data_is_written_down(gate, settings, outcome):
    secret = {
        "email": "marie.curie@exemple.fr ",
        "full_name": "Marie Curie",
        "phone": "+33 6 11 22 33 44",
        "gender": "Curie",
        "email_masked": "m…@exemple.fr",
        "warnings": "unknown_gender",
    }
    report = gate("users_ready", verdicts(ZOE, secret, secret))
    assert len(report.critical) >= 3
    assert "Feuil1, row 4: m…@exemple.fr" in written(settings)
    for text in (written(settings), json.dumps(report.to_dict(), ensure_ascii=False)):
        assert "urie" not in text
        assert "11 22" not in text


def test_an_exception_takes_no_email_with_it(gate, settings):
    report = gate("users_ready", verdicts(ZOE).assign(age="marie.curie@exemple.fr"))
    assert not report.passed
    assert "curie" not in written(settings)
    assert "curie" not in json.dumps(report.to_dict())


def test_text_of_a_workbook_is_not_live_in_the_page(gate, settings):
    evil = "<img src=x onerror=alert(1)>"
    place = {"workbook": f"{evil}.xlsx", "sheet": evil}
    gate("users_ready", verdicts(ZOE, {**place, "status": "rejected"}))
    gate("users_source", source(ZOE, ALI).assign(**{evil: "x"}), unknown_columns=[evil])
    pages = [path.read_text() for path in Path(settings.path).rglob("*.html")]
    assert len(pages) == 6
    assert all("&lt;img src=x onerror=alert(1)&gt;" in page for page in pages)
    assert not any(evil in page for page in pages)


@pytest.mark.parametrize("text", ["empty", "no valid row"])
def test_the_page_shows_a_doubt_as_a_failure(gate, settings, text):
    frame = verdicts() if text == "empty" else verdicts({"status": "rejected"})
    report = gate("users_ready", frame)
    result = json.loads((Path(settings.path) / report.result_file).read_text())
    assert result["success"] is False
    assert "no row matched the condition" in (Path(settings.path) / report.page).read_text()


def test_many_failures_are_twenty_lines(gate, settings):
    report = gate("users_ready", verdicts(*valid_users(10), *[{"status": "rejected"}] * 3000))
    assert report.critical[0].unexpected_count == 3000
    file = Path(settings.path) / report.result_file
    assert file.stat().st_size < 30_000
    [keys] = [
        each["result"]["partial_unexpected_list"]
        for each in json.loads(file.read_text())["results"]
        if "partial_unexpected_list" in each["result"]
    ]
    assert len(keys) == 20


def test_a_page_of_great_expectations_that_cannot_be_made_is_told(gate, settings, monkeypatch):
    def refuse(*_: object, **__: object) -> str:
        raise RuntimeError("no renderer")

    monkeypatch.setattr("gx.great_expectations_page.great_expectations_page", refuse)
    report = gate("users_ready", verdicts(ZOE))
    assert report.passed
    assert report.unpublished == ("Great Expectations' own page could not be made: no renderer",)
    folder = Path(settings.path) / report.folder
    assert "no renderer" in (folder / "index.html").read_text()
    assert not (folder / "great_expectations.html").exists()


def test_nothing_is_shared_between_verdicts(gate, settings):
    first = gate("users_ready", verdicts(ZOE))
    before = {path: path.stat().st_mtime_ns for path in Path(settings.path).rglob("*") if path.is_file()}
    gate("users_ready", verdicts(ZOE))
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert [path.name for path in Path(settings.path).iterdir()] == ["runs"]
    assert (Path(settings.path) / first.page) in before
