"""What the page of a verdict looks back on, read from a real PostgreSQL."""

from dataclasses import replace

import pytest
from sqlalchemy import event, text

from report.gate_report import GateReport
from report.history import create, record
from report.looking_back import past_of
from report.page import verdict_page
from report.past import Past
from report.said import LANGUAGES, Language
from report.site import Site
from tests.report.reports import report
from tests.report.test_history import OLD_TABLE
from tests.report.users_reports import users_nights, users_ready, valid_ratio

pytestmark = pytest.mark.postgres

NOW = users_ready(valid=690, unknown=61)


def stored(engine, *reports: GateReport) -> None:
    for each in reports:
        record(engine, each)


def test_what_is_read_of_the_past_is_what_whole_reports_say_of_it(engine):
    nights = users_nights(6)
    stored(engine, *reversed(nights), NOW)
    assert past_of(engine, NOW, limit=9) == Past.of(NOW, nights)
    assert past_of(engine, NOW, limit=2) == Past.of(NOW, nights[:2])
    assert past_of(engine, nights[3], limit=9) == Past.of(nights[3], nights[4:])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_the_same_as_with_whole_reports(engine, language: Language):
    nights = users_nights(30)
    stored(engine, *nights)
    read, whole = past_of(engine, NOW, limit=30), Past.of(NOW, nights)
    pages = [verdict_page(NOW, past, language, site=Site(root="../../../../")) for past in (read, whole)]
    assert pages[0] == pages[1]


def test_a_verdict_that_was_set_apart_is_no_good_one_for_those_that_were_not(engine):
    apart, usual = replace(users_ready(1), apart=True), users_ready(2)
    stored(engine, usual, apart)
    assert past_of(engine, NOW, limit=9).good == usual
    assert past_of(engine, replace(NOW, apart=True), limit=9).good == apart


def test_other_gates_are_no_past_and_neither_are_closed_ones_a_good_one(engine):
    stored(engine, report("users_source", [], nights_ago=1), users_ready(2, valid=700))
    past = past_of(engine, NOW, limit=9)
    assert [each.folder for each in past.verdicts] == [users_ready(2).folder]
    assert past.good is None


def test_checks_of_one_name_are_numbered_as_in_a_report(engine):
    twice = report("users_ready", [valid_ratio(960, 1000), valid_ratio(950, 1000)], nights_ago=1)
    stored(engine, twice)
    assert past_of(engine, NOW, limit=9).verdicts[0].checks == {
        "valid_ratio": (True, 0.96),
        "valid_ratio.2": (True, 0.95),
    }


def test_a_row_of_the_time_before_checks_had_keys_and_one_without_checks(engine):
    with engine.begin() as connection:
        connection.execute(text(OLD_TABLE))
    create(engine)
    stored(engine, report("users_ready", [], nights_ago=1, doubts=["x"]))
    bare, old = past_of(engine, NOW, limit=9).verdicts
    assert (bare.passed, bare.checks, bare.failed) == (False, {}, ())
    assert (old.passed, old.apart, old.checks) == (False, True, {"expect_valid_rows.status": (False, None)})
    assert (old.failed, old.started_at) == (("expect_valid_rows.status",), "2026-11-20T02:00:00+00:00")


def test_sentences_and_examples_are_read_of_the_last_good_verdict_only(engine):
    stored(engine, *reversed(users_nights(30)))
    sizes: list[int] = []

    @event.listens_for(engine, "before_cursor_execute")
    def explained(connection, cursor, statement, parameters, context, many):
        cursor.execute(f"SELECT sum(length(each::text)) FROM ({statement}) each", parameters)
        sizes.append(cursor.fetchone()[0])

    past_of(engine, NOW, limit=30)
    one = len(str(users_ready(1).to_dict()))
    assert len(sizes) == 2
    assert sizes[0] < 3 * one
    assert sizes[1] < 2 * one
