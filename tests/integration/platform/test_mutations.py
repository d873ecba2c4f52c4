"""One mistake at a time in what is written to the platform: the gate closes, and nobody is touched."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import and_, select

from etl.postgres import links, target, watched
from etl.steps import stage
from report.gate_report import GateReport
from tests.gates import GateClosed
from tests.integration.flow import Flow
from tests.integration.platform.people import profile
from tests.integration.platform.test_load import VERSIONS
from tests.integration.stored import query
from tests.platform.users.models import Person
from tests.workbooks import ALI, ZOE, row, workbook

pytestmark = pytest.mark.postgres

PREFERENCES, ACADEMIC, PROFESSIONAL = target.DJANGO.satellites


def closed(gated: Flow, path: Path, run: str = "mutant") -> GateReport:
    """The report of the gate that stops the run."""
    with pytest.raises(GateClosed) as stop:
        gated.run(path, run)
    return stop.value.report


def failures(report: GateReport) -> tuple[str, set[str]]:
    return report.gate, {outcome.key for outcome in report.critical}


def describe(monkeypatch: pytest.MonkeyPatch, *satellites: target.Part) -> None:
    """Have the flow write to satellites that are described otherwise."""
    mutant = replace(target.DJANGO, satellites=satellites)
    monkeypatch.setattr("etl.flow.TARGETS", {"django": mutant})


def test_two_columns_of_satellites_that_are_mixed_up(
    gated: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = replace(
        PREFERENCES,
        columns={"preferred_language": "preferred_language", "highest_academic_level": "learning_mode"},
    )
    other = replace(ACADEMIC, columns={"learning_mode": "highest_academic_level"})
    describe(monkeypatch, wrong, other, PROFESSIONAL)
    report = closed(gated, workbook(tmp_path / "d.xlsx", ZOE, ALI))
    assert failures(report) == ("users_next", {"values_in_their_columns"})
    assert report.holds is not None
    assert report.holds.en == "the platform’s table users_person"
    assert Person.objects.count() == 0


def test_a_satellites_field_that_goes_to_the_persons_own_column(
    gated: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = replace(PROFESSIONAL, columns={**PROFESSIONAL.columns, "highest_academic_level": "jobs"})
    describe(monkeypatch, PREFERENCES, wrong)
    report = closed(gated, workbook(tmp_path / "d.xlsx", ZOE))
    assert failures(report) == ("users_next", {"values_in_their_columns"})
    assert Person.objects.count() == 0


def test_an_interest_that_is_staged_twice(
    gated: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = stage.interests

    def doubling(*cells: object) -> object:
        found = whole(*cells)
        return replace(found, of_rows=found.of_rows.loc[found.of_rows.index.repeat(2)])

    monkeypatch.setattr(stage, "interests", doubling)
    report = closed(gated, workbook(tmp_path / "d.xlsx", ZOE, ALI))
    assert failures(report) == ("users_next", {"interests_once"})
    assert Person.objects.count() == 0


def test_an_interest_that_is_written_although_it_is_there(
    gated: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gated.run(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    before = query(gated.engine, VERSIONS)
    whole = links.differing_links

    def blind(asked: links.Subquery, kept: links.Subquery) -> links.Subquery:
        nothing = select(kept).where(and_(kept.c.seq.is_(None))).subquery("nothing")
        return whole(asked, nothing)

    for module in (links, watched):
        monkeypatch.setattr(module, "differing_links", blind)
    report = closed(gated, workbook(tmp_path / "e.xlsx", row(phone="07"), ALI))
    assert failures(report) == ("users_next", {"interests_once"})
    assert query(gated.engine, VERSIONS) == before


def test_without_a_mutation_the_gates_are_open(gated: Flow, tmp_path: Path) -> None:
    gated.run(workbook(tmp_path / "d.xlsx", ZOE))
    assert profile("zoe@x.fr")["mode"] == "video"
