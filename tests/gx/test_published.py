"""What stands on the disk afterwards: results, pages and the index, without personal data or live text."""

import json
import threading
from pathlib import Path

import pytest

from report.settings import QualitySettings
from tests.gx.frames import ALI, ZOE, source, valid_users, verdicts


def written(settings: QualitySettings) -> str:
    files = [path for path in Path(settings.path).rglob("*") if path.suffix in (".json", ".html")]
    return "".join(path.read_text(encoding="utf-8") for path in files)


def test_result_and_page_stand_under_the_name_of_the_run(gate, settings):
    report = gate("users_ready", verdicts(ZOE, ALI), run="manual__2026-11-24T02:00:00+00:00")
    folder = Path(settings.path)
    assert report.run_name == "manual__2026-11-24T02-00-00-00-00-d15730a167ed"
    assert report.page.startswith(f"validations/users_ready/{report.run_name}/")
    assert (folder / "data_docs" / report.page).is_file()
    result = json.loads((folder / report.result_file).read_text())
    assert result["success"] is True
    assert result["meta"]["run_id"]["run_name"] == report.run_name
    assert report.page in (folder / "data_docs" / "index.html").read_text()


def test_a_repeated_gate_has_a_page_of_its_own(gate, settings):
    one, other = (gate("users_ready", verdicts(ZOE, ALI)).page for _ in range(2))
    assert one != other
    index = (Path(settings.path) / "data_docs" / "index.html").read_text()
    assert one in index
    assert other in index


def test_the_page_links_to_a_page_of_the_suite(gate, settings):
    report = gate("users_ready", verdicts(ZOE))
    page = Path(settings.path) / "data_docs" / report.page
    link = "../../../../expectations/users_ready.html"
    assert link in page.read_text()
    assert (page.parent / link).resolve().is_file()


def test_a_run_may_have_any_name(gate, settings):
    report = gate("users_ready", verdicts(ZOE), run="profiling")
    assert (Path(settings.path) / "data_docs" / report.page).is_file()


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
    assert sum("&lt;img src=x onerror=alert(1)&gt;" in page for page in pages) == 2
    assert not any(evil in page for page in pages)


@pytest.mark.parametrize("text", ["empty", "no valid row"])
def test_the_page_shows_a_doubt_as_a_failure(gate, settings, text):
    frame = verdicts() if text == "empty" else verdicts({"status": "rejected"})
    report = gate("users_ready", frame)
    result = json.loads((Path(settings.path) / report.result_file).read_text())
    assert result["success"] is False
    assert "no row matched the condition" in (Path(settings.path) / "data_docs" / report.page).read_text()


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


def test_the_index_lists_at_most_so_many_runs(gate, settings, monkeypatch):
    monkeypatch.setitem(settings.__dict__, "max_pages", 2)
    first, second, third = (gate("users_ready", verdicts(ZOE)) for _ in range(3))
    index = (Path(settings.path) / "data_docs" / "index.html").read_text()
    assert first.page not in index
    assert second.page in index
    assert third.page in index
    assert (Path(settings.path) / "data_docs" / first.page).is_file()


def test_a_second_writer_waits_for_the_first(gate, settings):
    from gx.context import publish_lock

    with publish_lock(settings):
        waiting = threading.Thread(target=gate, args=("users_ready", verdicts(ZOE)))
        waiting.start()
        waiting.join(timeout=2)
        assert waiting.is_alive()
        assert not (Path(settings.path) / "results").exists()
    waiting.join(timeout=60)
    assert list(Path(settings.path).rglob("results/users_ready/*/*/*.json"))
