"""One person's lines, blanked in every file and row of the report; everybody else's stay."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from report.erasure import Mask, erase
from report.gate_report import Example, GateReport, Outcome
from report.history import record, report_at
from report.page import verdict_page
from report.past import NO_PAST
from report.site import Site
from report.store import CHECKSUMS, GREAT_EXPECTATIONS, PAGES, REPORT, RESULT, ROWS, Store, checksums
from tests.report.reports import a_report

pytestmark = pytest.mark.postgres

ZOE, ALI = "z…@x.fr", "a…@x.fr"
NAMED = Example("users.xlsx, Feuil1, row 17", f"{ZOE} (invalid_age)", "users.xlsx, Feuil1, ligne 17")
OTHER = Example("users.xlsx, Feuil1, row 18", f"{ALI} (invalid_age)", "users.xlsx, Feuil1, ligne 18")
LINES = (
    "check,workbook,sheet,row,email_masked,reasons\r\n"
    f"ages,users.xlsx,Feuil1,17,{ZOE},invalid_age\r\n"
    f'ages,"users, other.xlsx",Feuil1,18,{ALI},invalid_age\r\n'
    f"names,users.xlsx,Feuil1,17,{ZOE},\r\n"
)


def failed(*examples: Example) -> Outcome:
    return Outcome(
        expectation="expect_column_values_to_be_between",
        description="every age is between 0 and 120",
        column="age",
        severity="critical",
        success=False,
        observed="2 of 10 rows fail",
        threshold="0 to 120",
        unexpected_count=2,
        element_count=10,
        examples=examples,
        key="ages",
    )


REPORT_OF_BOTH = a_report(passed=False, severity="critical", outcomes=(failed(NAMED, OTHER),))
FOLDER = REPORT_OF_BOTH.folder


@pytest.fixture(params=["disk", pytest.param("S3", marks=pytest.mark.s3)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(request.getfixturevalue("bucket") if request.param == "S3" else str(tmp_path / "quality"))


@pytest.fixture
def disk(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "quality"))


def published(store: Store, report: GateReport, engine: Engine | None, *, lines: str = LINES) -> None:
    shown = [example.text for outcome in report.outcomes for example in outcome.examples]
    items = "".join(f"<li>{each}</li>" for each in shown)
    site = Site(root="../../../../", airflow="../")
    store.write(
        report.folder,
        {
            **{name: verdict_page(report, NO_PAST, language, site=site) for language, name in PAGES.items()},
            REPORT: json.dumps(report.to_dict(), ensure_ascii=False),
            RESULT: json.dumps({"results": [{"partial_unexpected_list": shown, "unexpected_count": 2}]}),
            GREAT_EXPECTATIONS: f"<html><ul>{items}</ul><p title='{shown[0]}'>two</p></html>",
            ROWS: lines,
        },
    )
    if engine:
        record(engine, report)


def everything(store: Store, engine: Engine) -> str:
    files = [data.decode() for folder in store.folders() for data in store.files(folder).values()]
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT to_jsonb(quality_runs)::text FROM quality_runs")).scalars()
        return "\n".join([*files, *rows])


def test_the_lines_of_a_person_are_blanked_wherever_they_stand(store: Store, engine: Engine):
    published(store, REPORT_OF_BOTH, engine)
    before = everything(store, engine)
    assert before.count("row 17") >= 5
    assert erase(store, engine, ZOE) == {FOLDER: 2}
    after = everything(store, engine)
    assert [word for word in (ZOE, "row 17", "ligne 17", ",17,") if word in after] == []
    assert all(word in after for word in (ALI, "row 18", "ligne 18", ",18,"))
    files = store.files(FOLDER)
    assert files.pop(CHECKSUMS) == checksums(files)


def test_a_blanked_line_keeps_its_check_and_its_place_among_the_others(disk: Store, engine: Engine):
    published(disk, REPORT_OF_BOTH, engine)
    erase(disk, engine, ZOE)
    assert list(csv.reader(io.StringIO(disk.read(f"{FOLDER}/{ROWS}").decode()))) == [
        ["check", "workbook", "sheet", "row", "email_masked", "reasons"],
        ["ages", "", "", "", "", ""],
        ["ages", "users, other.xlsx", "Feuil1", "18", ALI, "invalid_age"],
        ["names", "", "", "", "", ""],
    ]
    assert disk.read(f"{FOLDER}/{ROWS}").count(b"\r\n") == 4


def test_the_report_says_how_many_of_its_lines_were_erased(disk: Store, engine: Engine):
    published(disk, REPORT_OF_BOTH, engine)
    erase(disk, engine, ZOE)
    page, french = (disk.read(f"{FOLDER}/{name}").decode() for name in PAGES.values())
    assert "2 lines about a person erased from this report." in page
    assert "2 lignes concernant une personne effacées de ce rapport." in french
    assert "erased" in page
    assert report_at(engine, FOLDER) == GateReport.from_dict(json.loads(disk.read(f"{FOLDER}/{REPORT}")))
    assert report_at(engine, FOLDER).erased == 2
    assert [each.text for each in report_at(engine, FOLDER).outcomes[0].examples] == ["erased", OTHER.text]


def test_erasing_again_changes_nothing(disk: Store, engine: Engine):
    published(disk, REPORT_OF_BOTH, engine)
    erase(disk, engine, ZOE)
    before = everything(disk, engine)
    assert erase(disk, engine, ZOE) == {}
    assert everything(disk, engine) == before
    assert erase(disk, engine, ALI) == {FOLDER: 1}
    assert report_at(engine, FOLDER).erased == 3


def test_a_verdict_without_a_row_and_a_row_without_a_folder_are_reached_too(disk: Store, engine: Engine):
    published(disk, REPORT_OF_BOTH, None)
    alone = replace(REPORT_OF_BOTH, page=f"{FOLDER}-2/{PAGES['en']}")
    record(engine, alone)
    assert erase(disk, engine, ZOE) == {FOLDER: 2, alone.folder: 1}
    assert ZOE not in everything(disk, engine)


def test_a_row_below_the_examples_is_found_by_the_csv(disk: Store, engine: Engine):
    published(disk, replace(REPORT_OF_BOTH, outcomes=(failed(OTHER),)), engine)
    assert erase(disk, engine, ZOE) == {FOLDER: 2}
    assert report_at(engine, FOLDER).erased == 2


def test_no_email_erases_nothing(disk: Store, engine: Engine):
    published(disk, REPORT_OF_BOTH, engine)
    before = everything(disk, engine)
    assert erase(disk, engine, "") == {}
    assert erase(disk, engine, "z…@x") == {}
    assert erase(disk, engine, "%") == {}
    assert everything(disk, engine) == before


@pytest.mark.parametrize("died_at", range(1, 8))
def test_what_an_erasure_that_died_left_the_next_one_takes(
    disk: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch, died_at: int
):
    published(disk, REPORT_OF_BOTH, engine)
    real, calls = Path.rename, []

    def dies(path: Path, target: Path) -> Path:
        calls.append(path)
        if len(calls) == died_at:
            raise KeyboardInterrupt
        return real(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", dies)
        with pytest.raises(KeyboardInterrupt):
            erase(disk, engine, ZOE)
    erase(disk, engine, ZOE)
    assert [word for word in (ZOE, "row 17") if word in everything(disk, engine)] == []
    files = disk.files(FOLDER)
    assert files.pop(CHECKSUMS) == checksums(files)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("z…@x.fr", True),
        ("Z…@X.FR (invalid_age)", True),
        ("row 17: z…@x.fr.", True),
        ("'z…@x.fr'", True),
        ("z…@x.fr.example", False),
        ("z…@x.france", False),
        ("zz…@x.fr", False),
        ("z…@xyfr", False),
        ("", False),
    ],
)
def test_a_mask_is_found_as_a_whole(value: str, named: bool):
    assert Mask(ZOE).is_in(value) is named


def test_a_mask_without_a_domain_is_not_found_in_one_that_has_one():
    assert Mask("z…").is_in("row 17: z… (invalid_email)")
    assert not Mask("z…").is_in("row 17: z…@x.fr")
