"""One person, forgotten in the quality report, too."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from etl.__main__ import app
from gx.gate import run_gate
from report.settings import QualitySettings
from tests.integration.flow import Flow
from tests.integration.stored import query
from tests.workbooks import ALI, row, workbook

pytestmark = pytest.mark.postgres

BAD_ZOE = row(age="vingt")
BAD_ALI = row(full_name=None, email="ali@x.fr")


@pytest.fixture
def reported(flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flow:
    """A workbook whose gate closed on a row of Zoé and one of Ali."""
    quality = flow.root / "quality"
    for name, value in {
        "QUALITY_PATH": str(quality),
        "ETL_DATABASE_URL": flow.engine.url.render_as_string(hide_password=False),
        "ETL_STAGING_URL": flow.settings.staging_url,
        "ETL_REJECTED_PATH": flow.settings.rejected_path,
        "ETL_REPLAY_PATH": flow.settings.replay_path,
    }.items():
        monkeypatch.setenv(name, value)
    flow.extract(workbook(tmp_path / "d.xlsx", BAD_ZOE, ALI, BAD_ALI))
    verdicts = flow.transform()
    report = run_gate(
        "users_ready",
        verdicts.gate.batch,
        run="run-1",
        facts=verdicts.gate.facts,
        settings=QualitySettings(path=str(quality)),
        history=flow.engine,
    )
    assert not report.passed
    return flow


def published(flow: Flow) -> str:
    """Everything that the files and the rows of the quality report hold."""
    files = [path.read_text() for path in (flow.root / "quality").rglob("*") if path.is_file()]
    return "\n".join([*files, str(query(flow.engine, "SELECT outcomes::text FROM quality_runs"))])


def test_the_command_reaches_the_quality_report(reported: Flow) -> None:
    before = published(reported)
    assert "z…@x.fr" in before
    assert "a…@x.fr" in before
    done = CliRunner().invoke(app, ["erase", "zoe@x.fr"])
    assert done.exit_code == 0, done.output
    assert f"{reported.root}/quality/runs/users_ready/run-1/" in done.output
    assert "z…@x.fr" not in published(reported)
    assert "a…@x.fr" in published(reported)


def test_a_report_that_cannot_be_reached_is_told_and_the_rest_is_erased(
    reported: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUALITY_PATH", "gs://bucket/quality")
    done = CliRunner().invoke(app, ["erase", "zoe@x.fr"])
    assert done.exit_code == 1
    assert "not read: gs://bucket/quality: " in done.output
    assert "erased." in done.output
