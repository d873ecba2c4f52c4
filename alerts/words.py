"""The words of the mails around what a report says itself, in every language.

Templates are those of `report.said`: `{n:check|checks}` is "1 check", "2 checks". Subjects, messages of
failed tasks and notes of steps are the same in each language. What a page says, too, is among its words.
"""

from collections.abc import Callable, Mapping
from typing import Any

from report.said import Language, Said, Words, number
from report.terms import term
from report.words import WORDS as PAGE_WORDS

Say = Callable[..., str]

WORDS: Mapping[str, Said] = {
    "product": Said("data quality", "qualité des données"),
    # Titles.
    "closed": Said("Closed: {gates}", "Portes fermées : {gates}"),
    "failed": Said("{tasks} failed", "Échec de {tasks}"),
    "approved_gates": Said("Approved: {gates}", "Approuvées : {gates}"),
    "warned": Said("Open with warnings: {gates}", "Ouvertes avec réserves : {gates}"),
    "wrong_settings": Said("A setting of the alerts is wrong", "Un réglage des alertes est erroné"),
    "resolved_title": Said("Good again: {gates}", "De nouveau en ordre : {gates}"),
    "missed_title": Said(
        "{n:thing has|things have} not happened", "{n:chose n’a pas eu|choses n’ont pas eu} lieu"
    ),
    # An incident.
    "resolved": Said("Good again: {said}", "De nouveau en ordre : {said}"),
    "incident_new": Said("Incident {n}, {check}: new.", "Incident {n}, {check} : nouveau."),
    "incident_again": Said(
        "Incident {n}, {check}: {times:run|runs}, the first {since}.",
        "Incident {n}, {check} : {times:exécution|exécutions}, la première {since}.",
    ),
    "incident_over": Said(
        "Incident {n}, {check}: it was there in {times:run|runs}, first {since}.",
        "Incident {n}, {check} : présent dans {times:exécution|exécutions}, d’abord {since}.",
    ),
    "reminded": Said(
        "This is a reminder: nobody has taken it.", "Ceci est un rappel : personne ne s’en occupe."
    ),
    "taken_by": Said("{who} has taken it.", "{who} s’en occupe."),
    "muted": Said(
        "Muted by {who} until {until}: {reason}.", "En sourdine jusqu’au {until} ({who}) : {reason}."
    ),
    "owner": Said("Owner: {owner}.", "Responsable : {owner}."),
    # The run.
    "dag": Said("DAG", "DAG"),
    "run": Said("run", "exécution"),
    "went_on": Said("The run went on.", "L’exécution a continué."),
    "task_failed": Said("{task} failed: {message}", "Échec de {task} : {message}"),
    "task_log": Said("Log of the task", "Journal de la tâche"),
    "open_dag": Said("Open the DAG in Airflow", "Ouvrir le DAG dans Airflow"),
    "open_run": Said("Open the run in Airflow", "Ouvrir l’exécution dans Airflow"),
    # A gate.
    "of_checks": Said(
        "{rows:number} {unit}, {failed:number} of {all:number} expectations failed",
        "{rows:number} {unit}, {failed:vérification|vérifications} en échec sur {all:number}",
    ),
    "critical": Said("critical", "critique"),
    "warning": Said("warning", "réserve"),
    "info": Said("info", "information"),
    "tells": Said("{what}: {text}", "{what} : {text}"),
    "observed": Said("observed", "observé"),
    "expected": Said("expected", "attendu"),
    "examples": Said(
        "the first {shown:number} of {all:number} {unit}", "{shown:exemple|exemples} sur {all:number} {unit}"
    ),
    "more_checks": Said(
        "{n:more check|more checks} failed; the report has all.",
        "{n:autre vérification|autres vérifications} en échec ; le rapport les montre toutes.",
    ),
    "open_report": Said("Open the quality report of {gate}", "Ouvrir le rapport de qualité de {gate}"),
    # The rejected workbook.
    "rejected": Said("Rejected rows, each with its reasons", "Lignes rejetées, chacune avec ses motifs"),
    "correct_them": Said(
        "Correct them and put the file, as it is, into the replay folder; the next run loads it.",
        "Corrigez-les et déposez le fichier, tel quel, dans le dossier de reprise ; "
        "la prochaine exécution le chargera.",
    ),
}

COUNTS: Mapping[str, str] = {
    "rows": "lignes",
    "valid": "valides",
    "rejected": "rejetées",
    "duplicate": "en double",
    "inserted": "ajoutés",
    "updated": "modifiés",
    "unchanged": "inchangés",
    "documents": "documents",
    "created": "créés",
    "written": "écrits",
    "deleted": "supprimés",
}
"""French of the names of counts that the steps tell; a name that is not here stays as it is."""


def words_in(language: Language) -> Say:
    """What says the words of a key, of a mail or else of a page, with values put in, in one language."""

    def say(key: str, **values: Any) -> str:
        words = WORDS if key in WORDS else PAGE_WORDS
        return Words(language).sentence(words[key].in_language(language), **values)

    return say


def filters(language: Language) -> Mapping[str, Callable[..., str]]:
    """What templates write numbers, terms of a report and names of counts with."""
    return {
        "number": lambda value: number(value, language),
        "term": lambda text: term(text, language),
        "of_count": lambda name: COUNTS.get(name, name) if language == "fr" else name,
    }
