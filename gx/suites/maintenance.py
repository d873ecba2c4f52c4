"""What the upkeep of the platform must have left: a backup that can be restored, and nothing too old."""

from collections.abc import Mapping
from typing import Any

from great_expectations.expectations.expectation import Expectation

from gx.expectations.figure import ExpectFigureToBeBetween
from gx.severity import critical, warning
from gx.suite import Suite, count
from report.gate_report import Example
from report.said import Said, say

THRESHOLDS = {"max_backup_hours": 26.0, "min_snapshots": 3.0}


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on what the maintenance found, one row per figure: `part`, `found`.

    facts: of the newest backup `backups` (how many there are), `backup_hours` (a list of its age, or of
    nothing), `files` and `wrong_files`, `tables` and `wrong_tables`, `rows`; `old_logs` (files) and
    `old_rows` (of Airflow) that should be gone; `snapshots` (a list of how many are kept, or of nothing).
    """
    return [
        _backup_there(count(facts, "backups")),
        *_backup_age(facts, thresholds["max_backup_hours"]),
        _files(count(facts, "files"), count(facts, "wrong_files")),
        _tables(facts),
        _old_logs(count(facts, "old_logs")),
        _old_rows(count(facts, "old_rows")),
        *_snapshots(facts, thresholds["min_snapshots"]),
    ]


def _backup_there(backups: int) -> Expectation:
    return _figure(
        say("There is a backup", "Il y a une sauvegarde"),
        key="backup_present",
        threshold=say("at least 1 backup", "au moins 1 sauvegarde"),
        figure=backups,
        seen=say("{backups:backup|backups}", "{backups:sauvegarde|sauvegardes}", backups=backups),
        low=1,
    )


def _backup_age(facts: Mapping[str, object], limit: float) -> list[Expectation]:
    hours = known(facts, "backup_hours")
    if hours is None:
        return []
    return [
        _figure(
            say(
                "Backup: the newest is younger than {limit:number} hours",
                "Sauvegarde : la plus récente a moins de {limit:number}\u202fh",
                limit=limit,
            ),
            key="backup_age",
            threshold=say("less than {limit:number} hours", "moins de {limit:number}\u202fh", limit=limit),
            figure=hours,
            seen=say("{hours:number} hours", "{hours:number}\u202fh", hours=round(hours, 1)),
            high=limit,
            strict=True,
        )
    ]


def _files(files: int, wrong: int) -> Expectation:
    return _figure(
        say(
            "Backup: it opens, and each of its files is there with its checksum",
            "Sauvegarde : elle s’ouvre, et chacun de ses fichiers y est avec son empreinte",
        ),
        key="backup_files",
        threshold=say("no file missing or changed", "aucun fichier manquant ou modifié"),
        figure=wrong,
        seen=say(
            "{wrong:number} wrong of {files:file|files}",
            "{wrong:number} en défaut sur {files:fichier|fichiers}",
            wrong=wrong,
            files=files,
        ),
        high=0,
    )


def _tables(facts: Mapping[str, object]) -> Expectation:
    wrong = count(facts, "wrong_tables")
    return _figure(
        say(
            "Backup: its dumps restore into a scratch database, with the rows that were dumped",
            "Sauvegarde : ses exports se restaurent dans une base d’essai, avec les lignes exportées",
        ),
        key="backup_restores",
        threshold=say("no table with other rows", "aucune table avec d’autres lignes"),
        figure=wrong,
        seen=say(
            "{wrong:number} wrong of {tables:table|tables} with {rows:row|rows}",
            "{wrong:number} en défaut sur {tables:table|tables}, {rows:ligne|lignes}",
            wrong=wrong,
            tables=count(facts, "tables"),
            rows=count(facts, "rows"),
        ),
        high=0,
    )


def _old_logs(old: int) -> Expectation:
    return _figure(
        say("Logs: none is older than it may be", "Journaux : aucun n’est plus ancien que permis"),
        key="old_logs",
        threshold=say("no old log file", "aucun ancien fichier de journal"),
        figure=old,
        seen=say("{old:old file|old files}", "{old:ancien fichier|anciens fichiers}", old=old),
        high=0,
    )


def _old_rows(old: int) -> Expectation:
    return _figure(
        say(
            "Airflow’s database: no row is older than it may be",
            "Base d’Airflow : aucune ligne n’est plus ancienne que permis",
        ),
        key="old_metadata",
        threshold=say("no old row", "aucune ancienne ligne"),
        figure=old,
        seen=say("{old:old row|old rows}", "{old:ancienne ligne|anciennes lignes}", old=old),
        high=0,
    )


def _snapshots(facts: Mapping[str, object], limit: float) -> list[Expectation]:
    kept = known(facts, "snapshots")
    if kept is None:
        return []
    description = say(
        "Snapshots: at least {limit:number} of the courses are kept",
        "Snapshots : au moins {limit:number} des cours sont conservés",
        limit=limit,
    )
    seen = say("{kept:snapshot|snapshots}", "{kept:snapshot|snapshots}", kept=kept)
    return [
        # A new installation has them after three weeks.
        warning(
            ExpectFigureToBeBetween,
            description,
            key="snapshots",
            threshold=say("at least {limit:number}", "au moins {limit:number}", limit=limit),
            figure=kept,
            seen={"en": seen.en, "fr": seen.fr},
            low=limit,
        )
    ]


def known(facts: Mapping[str, object], name: str) -> float | None:
    """The number of a fact that is a list of one, or of none."""
    values = facts[name]
    return float(values[0]) if isinstance(values, list) and values else None


def _figure(description: Said, *, seen: Said, **options: Any) -> Expectation:
    return critical(ExpectFigureToBeBetween, description, seen={"en": seen.en, "fr": seen.fr}, **options)


def notes(facts: Mapping[str, object]) -> tuple[Said, ...]:
    """Why the backup is not whole, where it is not, and what could not be judged."""
    problem = str(facts.get("problem") or "")
    told = [say("{problem}", "{problem}", problem=problem)] if problem else []
    return (*told, *([SNAPSHOTS] if known(facts, "snapshots") is None else []))


SNAPSHOTS = say(
    "Snapshots are not judged: the cluster or its repository cannot be asked.",
    "Les snapshots ne sont pas jugés : le cluster ou son dépôt ne répond pas.",
)


def _part(key: Mapping[str, Any]) -> Example:
    return Example(place=str(key.get("part")), value="")


SUITE = Suite(
    name="maintenance",
    build=build,
    notes=notes,
    thresholds=THRESHOLDS,
    facts={
        **dict.fromkeys(("backups", "files", "wrong_files", "tables", "wrong_tables", "rows"), int),
        **dict.fromkeys(("old_logs", "old_rows"), int),
        **dict.fromkeys(("backup_hours", "snapshots"), list),
        "problem": str,
    },
    key=("part",),
    example=_part,
    unit="figures",
    owner="Data platform",
    counts={"backups": "backups"},
    limits={"max_backup_hours": "backup_age", "min_snapshots": "snapshots"},
)
