"""What the table `users` must be, as it will be, before anybody merges the staged rows."""

from collections.abc import Mapping
from dataclasses import replace

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation

from gx.expectations.sum_share import ExpectColumnSumShareToBeAtMost
from gx.severity import critical, warning
from gx.suite import BESIDE, Suite, count
from gx.suites.users_target import USERS, with_target
from report.gate_report import Example
from report.said import Said, at_most, say

THRESHOLDS = {"max_change_ratio": 0.5}


def _missing_users(users: int) -> Said:
    if not users:
        return say("nobody missing", "personne ne manque")
    return say(
        "{users:user|users} would be missing",
        "{users:utilisateur manquerait|utilisateurs manqueraient}",
        users=users,
    )


WORDS = {"missing users": _missing_users}


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the users of the table as it will be that can be wrong, one row per user.

    facts: `valid_rows` (valid rows of the verdicts that are to be loaded), `users_before` (users now),
    `users_after` (users as they will be), `staging_table`, `missing_users` (a view of who would be missing).
    """
    return [
        critical(
            gxe.ExpectColumnValuesToNotBeNull,
            say("Every user has an email", "Chaque utilisateur a un email"),
            key="email_present",
            threshold=say("none missing", "aucun manquant"),
            column="email_key",
        ),
        critical(
            gxe.ExpectColumnValuesToBeUnique,
            say(
                "No two users share an email, whatever its case",
                "Deux utilisateurs n’ont jamais le même email, majuscules ou non",
            ),
            key="email_unique",
            threshold=say("no email twice", "aucun email en double"),
            column="email_key",
        ),
        _every_valid_row_is_there(count(facts, "valid_rows")),
        _nobody_vanishes(count(facts, "users_before")),
        *(_in_the_platform() if "target" in facts else []),
        _few_changes(thresholds["max_change_ratio"], count(facts, "users_after")),
    ]


def _in_the_platform() -> list[Expectation]:
    """What is asked of tables that are not ours, whose database asks less itself."""
    return [
        critical(
            gxe.ExpectColumnValuesToBeInSet,
            say(
                "Every value is in the column that the platform reads it from",
                "Chaque valeur est dans la colonne où la plateforme la lit",
            ),
            key="values_in_their_columns",
            threshold=say("none elsewhere", "aucune ailleurs"),
            column="misplaced",
            value_set=[""],
        ),
        critical(
            gxe.ExpectColumnValuesToBeBetween,
            say(
                "No centre of interest is written twice for one person",
                "Aucun centre d’intérêt n’est écrit deux fois pour une personne",
            ),
            key="interests_once",
            threshold=say("none twice", "aucun en double"),
            column="interests_twice",
            max_value=0,
        ),
    ]


def _every_valid_row_is_there(rows: int) -> Expectation:
    return critical(
        gxe.ExpectColumnSumToBeBetween,
        say(
            "Each of the {rows:number} valid rows is in the table",
            "Chaque ligne valide ({rows:number}) est dans la table",
            rows=rows,
        ),
        key="valid_rows_staged",
        threshold=say("{rows:number} rows", "{rows:ligne|lignes}", rows=rows),
        words={"unit": "rows"},
        column="staged",
        min_value=rows,
        max_value=rows,
    )


def _nobody_vanishes(users_before: int) -> Expectation:
    return critical(
        gxe.UnexpectedRowsExpectation,
        say(
            "Nobody vanishes: each of the {users:number} users of before is still there",
            "Personne ne disparaît : chaque utilisateur d’avant ({users:number}) est encore là",
            users=users_before,
        ),
        key="nobody_vanishes",
        threshold=say("nobody missing", "personne ne manque"),
        words={"unit": "missing users"},
        reads=("user_id",),
        unexpected_rows_query=(
            f"SELECT missing.user_id FROM {BESIDE} AS missing "  # noqa: S608 - a constant
            "LEFT JOIN {batch} AS future ON future.user_id = missing.user_id WHERE future.user_id IS NULL"
        ),
    )


def _few_changes(limit: float, users: int) -> Expectation:
    return warning(
        ExpectColumnSumShareToBeAtMost,
        say(
            "Changes: at most {limit:percent} of the users change at once",
            "Changements : au plus {limit:percent} des utilisateurs changent d’un coup",
            limit=limit,
        ),
        key="changed_users",
        threshold=at_most(limit),
        words={"unit": "share"},
        column="changed",
        of=users,
        max_value=limit,
    )


def notes(facts: Mapping[str, object]) -> tuple[Said, ...]:
    """A reminder where nothing keeps emails unique. facts: `guarded`, of tables that are not ours."""
    if facts.get("guarded", True):
        return ()
    return (
        say(
            "Nothing keeps emails unique in the platform: python -m etl guard makes the index.",
            "Rien ne garantit des emails uniques dans la plateforme : python -m etl guard crée l’index.",
        ),
    )


def _with_target(suite: Suite, facts: Mapping[str, object]) -> Suite:
    """The suite for the target: in the platform a person is named by id and masked email."""
    named = replace(suite, key=("user_id", "email_masked"), example=_person)
    return with_target(named if "target" in facts else suite, facts)


def _person(key: Mapping[str, object]) -> Example:
    masked, number = key.get("email_masked"), key.get("user_id")
    return Example(place="", value=f"{masked} (user_id {number or 'new'})")


SUITE = Suite(
    name="users_next",
    build=build,
    notes=notes,
    thresholds=THRESHOLDS,
    limits={"max_change_ratio": "changed_users"},
    facts={
        "valid_rows": int,
        "users_before": int,
        "users_after": int,
        "staging_table": str,
        "missing_users": str,
    },
    key=("user_id",),
    beside="missing_users",
    stands_for="users_after",
    words=WORDS,
    holds=USERS,
    owner="Users team",
    given=_with_target,
    counts={"valid": "valid_rows"},
)
