"""Both generations of the platform's workbook are read as the same users."""

from pathlib import Path

import pandas as pd
import pytest

from etl.contract import FIELDS
from etl.rows.verdicts import give_verdicts
from etl.steps.extract import extract
from local.sample.platform import OTHERS, headers, without_accents, write_workbook
from pipeline.folder import RunFolder

ROWS = 30


def read(folder: Path, *, plain: bool) -> tuple[list[str], pd.DataFrame]:
    """The columns that nobody knows, and the verdicts on the users, of a workbook of one generation."""
    write_workbook(folder / "users.xlsx", rows=ROWS, plain=plain)
    run = RunFolder.of(str(folder / "staging"), "run")
    extraction = extract(run, str(folder / "users.xlsx"), settle_seconds=0)
    unknown = extraction.gate.facts["unknown_columns"]
    assert isinstance(unknown, list)
    return unknown, give_verdicts(run.read_frame("source"))


def test_the_generations_differ_by_their_accents():
    assert {"Âge", "Téléphone", "Niveau_prédits"} <= set(headers(plain=False))
    assert {"Age", "Telephone", "Niveau_predits"} <= set(headers(plain=True))


@pytest.mark.parametrize("plain", [False, True], ids=["with accents", "without"])
def test_every_user_of_a_generation_is_valid_and_what_is_not_known_is_told(tmp_path: Path, plain: bool):
    unknown, verdicts = read(tmp_path, plain=plain)
    assert set(unknown) == {without_accents(name) if plain else name for name in OTHERS}
    assert list(verdicts["status"]) == ["valid"] * ROWS
    assert set(verdicts["keep"]) == {""}


def test_the_same_users_come_out_of_both(tmp_path: Path):
    frames = []
    for plain in (False, True):
        folder = tmp_path / str(plain)
        folder.mkdir()
        frames.append(read(folder, plain=plain)[1][list(FIELDS)])
    pd.testing.assert_frame_equal(*frames)
    assert frames[0].notna().all().all()
