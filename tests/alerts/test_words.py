"""What a mail says in French, and that no word of it lacks a language."""

from dataclasses import replace
from string import Formatter

import pytest

from alerts.outcome import RunOutcome
from alerts.words import COUNTS, WORDS, words_in
from report.gate_report import Example, GateReport, Outcome, Words
from report.said import LANGUAGES, Language
from report.terms import EMPTY_BATCH
from tests.alerts.mails import mail_about
from tests.provider.reports import EMAIL_UNIQUE, RATIO, RUN, UNKNOWN_VALUES, report

# Words that are spelled alike.
SAME = ("dag", "info")


def fields(template: str) -> set[str]:
    """The values that a template puts in."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("key", WORDS)
def test_a_key_has_words_in_each_language_and_they_tell_the_same_values(key: str):
    texts = [WORDS[key].in_language(language) for language in LANGUAGES]
    assert all(text.strip() for text in texts)
    assert fields(texts[0]) == fields(texts[1])
    assert texts[0] != texts[1] or key in (*SAME, "tells")


@pytest.mark.parametrize(
    ("failed", "french"),
    [
        (0, "0 vérification en échec sur 9"),
        (1, "1 vérification en échec sur 9"),
        (2, "2 vérifications en échec sur 9"),
        (1000, "1\u202f000 vérifications en échec sur 9"),
    ],
)
def test_plurals_are_those_of_the_language(failed: int, french: str):
    said = words_in("fr")("of_checks", rows=1000, unit="lignes", failed=failed, all=9)
    assert said == f"1\u202f000 lignes, {french}"
    assert words_in("en")("of_checks", rows=1000, unit="rows", failed=failed, all=9) == (
        f"1,000 rows, {failed:,} of 9 expectations failed"
    )


FRENCH_RATIO: Outcome = replace(
    RATIO,
    french=Words("Au moins 80\u202f% des lignes sont valides", "70\u202f% valides", "au moins 80\u202f%"),
    examples=(Example("users.xlsx, Feuil1, row 17", "z…@x.fr", "users.xlsx, Feuil1, ligne 17"),),
)
CLOSED: GateReport = report(FRENCH_RATIO, EMAIL_UNIQUE, doubts=(EMPTY_BATCH.en,))


def body(about: RunOutcome, language: Language) -> tuple[str, str]:
    """The mail about an outcome as text and as HTML."""
    written = mail_about(about, language=language).body
    return written.text, written.html


def outcome(*reports: GateReport, workbook: str | None = None, **counts: int) -> RunOutcome:
    return RunOutcome("etl_users_daily", RUN, reports, (), counts, workbook)


def test_a_closed_gate_is_told_in_french():
    text, html = body(outcome(CLOSED, workbook="/r/rejected.xlsx", rows=1000, rejected=300), "fr")
    for line in (
        "users_ready est fermée, pour 2 raisons.",
        "Rien de ce qui suit n’a été exécuté\u202f: les données publiées sont inchangées.",
        f"DAG etl_users_daily, exécution {RUN}",
        "lignes 1\u202f000, rejetées 300",
        "1\u202f000 lignes, 1 vérification en échec sur 2",
        "- critique\u202f: le lot est vide",
        "- critique\u202f: Au moins 80\u202f% des lignes sont valides",
        "  observé\u202f: 70\u202f% valides",
        "  attendu\u202f: au moins 80\u202f%",
        "  1 exemple sur 300 lignes\u202f:",
        "    users.xlsx, Feuil1, ligne 17: z…@x.fr",
        "Lignes rejetées, chacune avec ses motifs\u202f: /r/rejected.xlsx",
    ):
        assert line in text.splitlines()
    for words in (
        '<html lang="fr">',
        "users_ready est fermée, pour 2 raisons.",
        "1\u202f000 lignes, 1 vérification en échec sur 2",
        "Le lot est vide",
        ">critique</span>",
        "Au moins 80\u202f% des lignes sont valides",
        "Ouvrir le rapport de qualité de users_ready",
        "Ouvrir l’exécution dans Airflow",
    ):
        assert words in html


def test_no_english_is_left_around_what_has_no_french():
    text, html = body(outcome(report(UNKNOWN_VALUES, EMAIL_UNIQUE, gate="users_source"), rows=1), "fr")
    assert "users_source est ouverte\u202f: 1 vérification réussie, 1 réserve." in text.splitlines()
    assert "- réserve\u202f: Few optional values are unknown" in text.splitlines()
    for word in ("observed", "expected", "expectations", "Report", "warning", "Open ", "went on"):
        assert word not in text
        assert word not in html


def test_the_subject_and_the_identity_of_a_mail_are_the_same_in_each_language():
    english, french = (mail_about(outcome(CLOSED), language=each) for each in LANGUAGES)
    assert (english.subject, english.message_id) == (french.subject, french.message_id)


def test_each_count_that_a_step_tells_has_french():
    from dataclasses import fields as parts

    from etl.contract import Status
    from etl.postgres.merge import Merged

    told = [
        "rows",
        *Status,
        *(part.name for part in parts(Merged)),
        "documents",
        "created",
        "written",
        "deleted",
    ]
    assert set(told) <= set(COUNTS)
