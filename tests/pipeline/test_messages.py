"""Somebody else's error on one line."""

import pytest

from pipeline.messages import LENGTH, first_line, last_line, shown


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
        (ValueError("\n  first\nsecond"), "first"),
        (ValueError(), "ValueError"),
        (ValueError("  \n "), "ValueError"),
    ],
)
def test_of_an_error_the_first_line_is_told_or_its_type(error: Exception, line: str):
    assert first_line(error) == line


def test_the_last_line_may_be_the_one_that_explains():
    assert last_line("Traceback:\n  somewhere\nKeyError: 'email'\n") == "KeyError: 'email'"
    assert last_line("", otherwise="no reason given") == "no reason given"


def test_what_is_shown_has_no_address_and_an_end():
    assert shown("duplicate key zoe@example.fr is there") == "duplicate key … is there"
    assert len(shown("x" * 1000)) == LENGTH
