"""Invented reports of the gate `users_ready`, with its sixteen checks."""
# ruff: noqa: E501 - invented sentences are easier to compare on one line

from collections.abc import Sequence

from report.gate_report import Example, GateReport, Measure, Outcome
from report.said import Said, say
from tests.report.reports import check, report


def workbook_rows(count: int, reason: str, *, first: int = 9) -> list[Example]:
    """Masked rows of a workbook that fail for a reason."""
    return [
        Example(
            place=f"users.xlsx, Feuil1, row {row}",
            value=f"{'azmlk'[row % 5]}…@exemple.fr ({reason})",
            french=f"users.xlsx, Feuil1, ligne {row}",
        )
        for row in range(first, first + 17 * count, 17)
    ]


def valid_ratio(valid: int, rows: int, *, least: float = 0.8) -> Outcome:
    """The check that holds the users back when too few rows are valid."""
    ratio = valid / rows
    return check(
        "valid_ratio",
        say(
            "Valid rows: at least {least:percent} of the rows are valid (replays apart)",
            "Lignes valides : au moins {least:percent} des lignes sont valides (hors rejeux)",
            least=least,
        ),
        say(
            "{ratio:percent} valid ({valid:number} of {rows:row|rows})",
            "{ratio:percent} valides ({valid:number} sur {rows:ligne|lignes})",
            ratio=ratio,
            valid=valid,
            rows=rows,
        ),
        say("at least {least:percent}", "au moins {least:percent}", least=least),
        success=ratio >= least,
        column="status",
        measure=Measure(ratio, low=least),
        failing=(rows - valid, rows),
        examples=workbook_rows(10, "invalid_email") if ratio < least else (),
        reason=say(
            "{valid:number} of {rows:row|rows} are valid, {needed:number} are needed",
            "{valid:ligne|lignes} sur {rows:number} sont valides, il en faut {needed:number}",
            valid=valid,
            rows=rows,
            needed=least * rows,
        ),
    )


def unknown_values(count: int, rows: int, *, most: float = 0.05) -> Outcome:
    """The warning about values that nobody knows."""
    share = count / rows
    return check(
        "unknown_values",
        say(
            "Unknown optional values: at most {most:percent} of the rows have one",
            "Valeurs facultatives inconnues : au plus {most:percent} des lignes en ont une",
            most=most,
        ),
        say(
            "{share:percent} with an unknown value ({count:number} of {rows:row|rows})",
            "{share:percent} avec une valeur inconnue ({count:number} sur {rows:ligne|lignes})",
            share=share,
            count=count,
            rows=rows,
        ),
        say("at most {most:percent}", "au plus {most:percent}", most=most),
        severity="warning",
        success=share <= most,
        column="warnings",
        measure=Measure(share, high=most),
        failing=(count, rows),
        examples=workbook_rows(4, "unknown_learning_mode", first=31) if share > most else (),
        reason=say(
            "{count:number} of {rows:row|rows} have an unknown value, at most {most:number} are allowed",
            "{count:ligne|lignes} sur {rows:number} ont une valeur inconnue, au plus {most:number} sont admises",
            count=count,
            rows=rows,
            most=most * rows,
        ),
    )


RULES: Sequence[tuple[str, str, str, str, str, str]] = (
    ("every_row_has_a_verdict", "status", "Every row has a verdict", "Chaque ligne a un verdict",
     "no row without a verdict", "aucune ligne sans verdict"),
    ("known_verdicts", "status", "Every verdict is one of valid, rejected, duplicate",
     "Chaque verdict est valid, rejected ou duplicate", "no other verdict", "aucun autre verdict"),
    ("unique_emails", "email", "Valid rows: no email stands in two rows",
     "Lignes valides : aucun e-mail n’apparaît deux fois", "no email twice", "aucun e-mail en double"),
    ("email_present", "email", "Valid rows: every row has an email", "Lignes valides : chaque ligne a un e-mail",
     "none missing", "aucun manquant"),
    ("email_form", "email", "Valid rows: every email is an address with a dotted domain",
     "Lignes valides : chaque e-mail est une adresse dont le domaine a un point", "every email an address",
     "des adresses seulement"),
    ("email_length", "email", "Valid rows: every email has at most 254 characters",
     "Lignes valides : chaque e-mail a au plus 254 caractères", "at most 254 characters", "au plus 254 caractères"),
    ("name_present", "full_name", "Valid rows: every row has a name", "Lignes valides : chaque ligne a un nom",
     "none missing", "aucun manquant"),
    ("name_not_blank", "full_name", "Valid rows: no name is blank", "Lignes valides : aucun nom n’est vide",
     "none blank", "aucun vide"),
    ("age_range", "age", "Valid rows: every age is between 16 and 100, or empty",
     "Lignes valides : chaque âge est compris entre 16 et 100, ou vide", "16 to 100", "16 à 100"),
    ("gender_values", "gender", "Valid rows: every gender is one of M, F, O, P, or empty",
     "Lignes valides : chaque genre est M, F, O ou P, ou vide", "M, F, O, P", "M, F, O, P"),
    ("language_values", "preferred_language",
     "Valid rows: every preferred_language is one of fr, en, es, de, zh, ar, or empty",
     "Lignes valides : chaque preferred_language est fr, en, es, de, zh ou ar, ou vide",
     "fr, en, es, de, zh, ar", "fr, en, es, de, zh, ar"),
    ("mode_values", "learning_mode", "Valid rows: every learning_mode is one of video, text, practice, or empty",
     "Lignes valides : chaque learning_mode est video, text ou practice, ou vide", "video, text, practice",
     "video, text, practice"),
    ("level_values", "highest_academic_level",
     "Valid rows: every highest_academic_level is one of bac, licence, master, doctorat, autre, or empty",
     "Lignes valides : chaque highest_academic_level est bac, licence, master, doctorat ou autre, ou vide",
     "bac, licence, master, doctorat, autre", "bac, licence, master, doctorat, autre"),
)  # fmt: skip
"""Key, column, description and threshold of the checks that all rows have passed."""


def rule(
    key: str, column: str, en: str, fr: str, limit: str, limite: str, *, rows: int, bad: int = 0
) -> Outcome:
    """A check on each row. bad: how many fail."""
    observed = say("all {rows:row|rows}", "{rows:ligne|lignes}, toutes", rows=rows)
    if bad:
        observed = say(
            "{bad:number} of {rows:row|rows} fail",
            "{bad:number} sur {rows:ligne|lignes} en échec",
            bad=bad,
            rows=rows,
        )
    return check(
        key,
        Said(en, fr),
        observed,
        Said(limit, limite),
        success=not bad,
        column=column,
        measure=Measure(bad / rows, high=0.0),
        failing=(bad, rows),
        examples=workbook_rows(min(bad, 10), key, first=55),
    )


def no_row_lost(rows: int, expected: int) -> Outcome:
    """The check that counts all rows again."""
    return check(
        "no_row_lost",
        say(
            "No row is lost: there are as many verdicts as extracted rows ({n:number})",
            "Aucune ligne n’est perdue : autant de verdicts que de lignes extraites ({n:number})",
            n=expected,
        ),
        say("{n:row|rows}", "{n:ligne|lignes}", n=rows),
        say("{n:row|rows}", "{n:ligne|lignes}", n=expected),
        success=rows == expected,
        measure=Measure(rows, low=expected, high=expected, unit="number"),
    )


def users_ready(
    nights_ago: int = 0, *, valid: int = 962, rows: int = 1000, unknown: int = 10, twice: int = 0
) -> GateReport:
    """The gate before the users are staged. twice: rows whose email stands in two."""
    bad = {"unique_emails": twice}
    rules = [rule(*texts, rows=valid, bad=bad.get(texts[0], 0)) for texts in RULES]
    outcomes = [
        *rules[:2],
        no_row_lost(rows, rows),
        valid_ratio(valid, rows),
        *rules[2:],
        unknown_values(unknown, rows),
    ]
    return report(
        "users_ready",
        outcomes,
        nights_ago=nights_ago,
        rows=rows,
        parameters={"min_valid_ratio": 0.8, "max_warning_ratio": 0.05, "source_rows": rows},
        counts={
            "valid": valid,
            "rejected": rows - valid - 12 if rows - valid > 12 else 0,
            "duplicate": min(12, rows - valid),
        },
        seconds=1.6 + nights_ago % 5 / 10,
    )


def users_nights(count: int = 30) -> list[GateReport]:
    """So many earlier nights of `users_ready`, the newest first: valid rows fall, unknown values rise, two nights closed."""
    nights = []
    for ago in range(1, count + 1):
        closed = ago in (14, 27)
        valid = 701 if closed else 930 + ago + (ago * 7) % 9
        unknown = max(3, 42 - ago + (ago * 5) % 4) if ago != 20 else 61
        nights.append(users_ready(ago, valid=min(valid, 990), unknown=unknown))
    return nights
