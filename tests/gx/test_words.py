"""Every check of every suite has a key of its own and words in both languages."""

from statistics import median

import pytest
from great_expectations.expectations.expectation import Expectation

from gx.severity import critical
from gx.suite import Suite
from gx.suites import SUITES, load
from report.gate_report import Words
from tests.gx.frames import ALI, ANSWERED_ALIKE, ZOE, buckets, profile, source, verdicts

FACTS: dict[str, dict[str, object]] = {
    "users_source": {
        "unknown_columns": [],
        "unread": [],
        "counted": [{"workbook": "d.xlsx", "sheet": "Feuil1", "rows": 2, "cells": {"Nom": [2, 2]}}],
        "replay_only": False,
        "recent_rows": [1000, 2000, 3000] * 3,
        "recent_measures": {"repeated_emails": [0.02, 0.03, 0.01, 0.02, 0.02, 0.04, 0.02]},
    },
    "users_ready": {
        "source_rows": 1000,
        "replay_only": False,
        "recent_measures": {"valid_ratio": [0.96, 0.97, 0.98, 0.969, 0.968, 0.971, 0.5]},
    },
    "users_next": {
        "valid_rows": 1000,
        "users_before": 900,
        "users_after": 950,
        "staging_table": "s",
        "missing_users": "m",
    },
    "courses_source": {"documents": 1000},
    "courses_reindexed": {
        "source_documents": 1000,
        "target_documents": 1000,
        "mapping_differences": [],
        **ANSWERED_ALIKE,
        "lost_capabilities": [],
    },
    "maintenance": {
        "backups": 7,
        "backup_hours": [1.0],
        "files": 9,
        "wrong_files": 0,
        "tables": 60,
        "wrong_tables": 0,
        "rows": 20_000,
        "old_logs": 0,
        "old_rows": 0,
        "snapshots": [3],
        "problem": "",
    },
    "runs_weekly": {
        "runs": 30,
        "rows": 3000,
        "valid_rows": 2900,
        "messages": 5,
        "delivered": 5,
        "document_loss": [0.002],
        "snapshots": [3],
    },
}
# Texts that hold no words: values, whose spelling is the same everywhere.
SAME = (
    "M, F, O, P",
    "fr, en, es, de, zh, ar",
    "video, text, practice",
    "bac, licence, master, doctorat, autre",
)


def checks(name: str) -> list[Expectation]:
    """The expectations of a suite in an ordinary run."""
    suite = load(name)
    return suite.build(FACTS[name], suite.thresholds)


EVERY = [(name, check) for name in SUITES for check in checks(name)]
IDS = [f"{name}.{check.meta.get('key')}" for name, check in EVERY]


@pytest.mark.parametrize("name", SUITES)
def test_each_check_of_a_suite_has_a_key_of_its_own(name: str):
    keys = [check.meta.get("key") for check in checks(name)]
    assert all(isinstance(key, str) and key.isidentifier() and key == key.lower() for key in keys)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", SUITES)
def test_keys_do_not_change_with_facts_and_thresholds(name: str):
    suite = load(name)
    other = {
        fact: 7 if isinstance(value, int) and value > 1 else value for fact, value in FACTS[name].items()
    }
    limits = {limit: value / 2 for limit, value in suite.thresholds.items()}
    keys = [check.meta["key"] for check in suite.build(other, limits)]
    assert keys == [check.meta["key"] for check in checks(name)]


@pytest.mark.parametrize(("name", "check"), EVERY, ids=IDS)
def test_each_check_says_what_it_expects_in_french_too(name: str, check: Expectation):
    french = check.meta["french"]
    assert french["description"] not in ("", check.description)
    own = check.description.rpartition(": ")[2]
    assert own not in french["description"], "behind what several checks begin with it is English"
    assert french["threshold"]
    assert french["threshold"] != check.meta["threshold"] or check.meta["threshold"] in SAME
    for word in ("label", "fault", "predicate"):
        assert (word in french) == (word in check.meta)


@pytest.mark.parametrize(("name", "check"), EVERY, ids=IDS)
def test_french_has_narrow_spaces_where_no_line_may_break(name: str, check: Expectation):
    for text in check.meta["french"].values():
        assert not any(f" {sign}" in text for sign in ":;%!?»")


@pytest.mark.parametrize("name", SUITES)
def test_each_gate_says_what_it_holds_back_and_how_failing_rows_are_called(name: str):
    suite = load(name)
    # What figures say of the past holds nothing back.
    assert (suite.holds is None) == (name in ("runs_weekly", "maintenance"))
    assert suite.holds is None or suite.holds.fr.startswith(("la ", "l’"))
    cells = {"workbook": "u.xlsx", "sheet": "Feuil1", "row": 17, "bucket": 3, "field": "url", "missing": 2}
    example = suite.example({name: cells.get(name, "x") for name in suite.key})
    assert example.said("fr").count("row ") == example.said("fr").count("bucket ") == 0


def test_what_was_observed_is_said_in_both_languages(gate, outcome):
    report = gate(
        "users_ready", verdicts(ZOE, ALI, {"status": "rejected"}), thresholds={"min_valid_ratio": 0.9}
    )
    ratio = outcome(report, "at least 90 %")
    assert ratio.key == "valid_ratio"
    assert ratio.words("en") == Words(
        "Valid rows: at least 90 % of the rows are valid (replays apart)",
        "66.7 % valid (2 of 3 rows)",
        "at least 90 %",
        reason="2 of 3 rows are valid, all are needed",
    )
    assert ratio.words("fr") == Words(
        "Lignes valides\u202f: au moins 90\u202f% des lignes sont valides (hors reprises)",
        "66,7\u202f% valides (2 lignes sur 3)",
        "au moins 90\u202f%",
        reason="2 lignes sur 3 sont valides, il les faut toutes",
    )
    assert ratio.examples[0].said("fr").startswith("users.xlsx, Feuil1, ligne 4")


@pytest.mark.parametrize(
    ("suite", "frame", "key", "french"),
    [
        ("users_source", source(ZOE, ALI), "full_name_column", "présente"),
        ("users_source", source(ZOE, ZOE), "repeated_emails", "50\u202f% des emails en répètent un autre"),
        ("users_source", source(ZOE, age_hours=40.25), "workbook_age", "40,2\u202fh"),
        ("users_source", source(ZOE), "rows_present", "1 ligne"),
        ("users_source", source(ZOE), "known_columns", "aucune colonne inconnue"),
        ("users_ready", verdicts(ZOE), "email_present", "toutes les lignes (1)"),
        ("users_ready", verdicts({**ZOE, "email": None}), "email_present", "1 ligne en défaut sur 1"),
        ("courses_source", profile(), "required_fields", "2 champs présents dans chaque document"),
        (
            "courses_source",
            profile(url={"missing": 3}),
            "required_fields",
            "url absent de 3 documents sur 200",
        ),
        ("courses_source", profile(), "fields_counted", "5 champs de 200 documents"),
        (
            "courses_source",
            profile(description={"missing": 20}),
            "missing_descriptions",
            "10\u202f% sans valeur (20 sur 200 documents)",
        ),
        (
            "courses_reindexed",
            buckets({"missing": 1}),
            "missing_documents",
            "1 document manquant, dans 1 groupe sur 4",
        ),
        ("courses_reindexed", buckets(), "changed_documents", "aucun document modifié"),
        (
            "courses_reindexed",
            buckets({"missing": 1}),
            "document_loss",
            "source 200, cible 199, perte 0,5\u202f%, admis 1\u202f%",
        ),
        ("courses_reindexed", buckets(), "documents_compared", "source 200, cible 200, en 4 groupes"),
        ("courses_reindexed", buckets(), "mapping_of_file", "aucune différence"),
        ("courses_reindexed", buckets(), "capabilities_kept", "aucune capacité perdue"),
    ],
)
def test_an_observation_reads_as_french(gate, suite, frame, key, french):
    [seen] = [each for each in gate(suite, frame).outcomes if each.key == key]
    assert seen.french.observed == french
    assert seen.french.observed != seen.observed or key == "rows_present"


def test_why_nothing_can_be_said_is_said_in_both_languages(gate):
    report = gate("users_ready", verdicts({"status": "rejected"}))
    [unique] = [each for each in report.outcomes if each.key == "email_unique"]
    assert unique.words("en").problem == "no row matched the condition"
    assert unique.words("fr").problem == "aucune ligne ne remplit la condition"
    assert (unique.words("en").observed, unique.words("fr").observed) == (
        "nothing observed",
        "rien d’observé",
    )


def test_a_plain_text_is_the_same_in_each_language(gate, outcome, settings):
    from great_expectations.expectations.core import ExpectTableRowCountToEqual

    from gx.gate import run_gate

    def build(*_: object) -> list[Expectation]:
        return [critical(ExpectTableRowCountToEqual, "Two rows", threshold="2 rows", value=2)]

    report = run_gate(
        Suite(name="plain", build=build), source(ZOE, ALI), run="r", settings=settings, history=None
    )
    [two] = report.outcomes
    assert (two.key, two.name) == ("", "expect_table_row_count_to_equal")
    assert two.words("fr") == two.words("en") == Words("Two rows", "2", "2 rows")


def test_counts_of_a_step_are_counts_of_the_report(gate):
    given = {"valid_rows": 2, "rejected_rows": 1, "duplicate_rows": 0}
    frame = verdicts(ZOE, ALI, {"status": "rejected"})
    report = gate("users_ready", frame, **given)
    assert report.counts == {"valid": 2, "rejected": 1, "duplicate": 0}
    assert gate("users_ready", frame).counts == {}
    assert report.holds.in_language("fr") == "la table users"


def test_the_usual_volume_is_that_of_the_median():
    [volume] = [check for check in checks("users_source") if check.meta["key"] == "usual_volume"]
    usual = median(FACTS["users_source"]["recent_rows"])
    assert f"(median {usual:,}, of 9 runs)" in volume.description
    assert "(médiane 2\u202f000, sur 9 exécutions)" in volume.meta["french"]["description"]
