"""What may be shown of an email."""

import pandas as pd
import pytest

from etl.rows import spelling


@pytest.mark.parametrize(
    ("email", "masked"),
    [
        ("zoe@x.fr", "z…@x.fr"),
        ("zoe.martin@mail.x-y.co.uk", "z…@mail.x-y.co.uk"),
        ("zoe@ali@x.fr", "z…@x.fr"),
        ("zoé martin 0611@x.fr", "z…@x.fr"),
        ("zoe\n@x.fr", "z…@x.fr"),
        ("zoe@x.fr (zoé martin, 06 11 22 33 44)", "z…"),
        ("zoe@x.fr\nzoé martin", "z…"),
        ("zoe@zoé martin.fr", "z…"),
        ("zoe@0611223344", "z…"),
        ("zoe@06.11.22.33", "z…"),
        ("zoe@", "z…"),
        ("@", "@…"),
        ("zoe", "z…"),
        ("a@" + "b" * 1_000_000, "a…"),
        ("a@" + "b" * 1_000_000 + ".fr", "a…"),
        ("a" * 1_000_000 + "@x.fr", "a…@x.fr"),
    ],
)
def test_a_masked_email_shows_a_letter_and_a_domain_and_nothing_else(email, masked):
    assert list(spelling.masked_emails(pd.Series([email], dtype="str"))) == [masked]


def test_no_email_is_no_mask():
    assert spelling.masked_emails(pd.Series([None], dtype="str")).isna().all()
