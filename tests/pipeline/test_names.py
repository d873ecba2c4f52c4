"""The name of a run as the name of a file: readable, and no two runs share one."""

import itertools

import pytest

from pipeline.names import SLUG_LENGTH, slug

AS_IT_IS = ("users_ready", "manual__1", "rehearsal-2", "a.b", "x" * SLUG_LENGTH)


@pytest.mark.parametrize("run", AS_IT_IS)
def test_what_is_the_name_of_a_file_already_stays(run: str):
    assert slug(run) == run


@pytest.mark.parametrize(
    ("run", "name"),
    [
        ("manual__2026-11-24T02:00:00+00:00", "manual__2026-11-24T02-00-00-00-00-d15730a167ed"),
        ("../../etc/passwd", "etc-passwd-3754d6cb3a38"),
        ("…", "run-b4935894c8ce"),
        ("x" * (SLUG_LENGTH + 1), f"{'x' * 107}-79072a47bfaa"),
    ],
)
def test_any_other_is_made_one_and_ends_in_a_checksum(run: str, name: str):
    assert slug(run) == name


def test_runs_that_differ_in_a_sign_that_no_path_can_hold_have_names_of_their_own():
    runs = [
        "a:b",
        "a/b",
        "a b",
        "a::b",
        "a-b",
        ".a-b",
        "-a-b",
        "a-b\0",
        "A-b",
        "",
        "run",
        ".",
        "..",
        "\udc80",
        "…",
    ]
    runs += ["x" * 250 + "1", "x" * 250 + "2"]
    names = [slug(run) for run in runs]
    assert len(set(names)) == len(runs)
    assert max(map(len, names)) == SLUG_LENGTH


def test_a_run_cannot_bear_the_name_of_another():
    names = list(itertools.islice(itertools.accumulate(itertools.repeat("a:b"), lambda run, _: slug(run)), 5))
    assert len(set(names)) == 5
