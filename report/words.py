"""The words of the pages around what a report says itself, in every language.

Templates are those of `report.said`: `{n:check|checks}` is "1 check", "2 checks".
"""

from collections.abc import Mapping
from typing import Any

from report.approval_words import APPROVAL_WORDS
from report.overview_words import OVERVIEW_WORDS
from report.said import Language, Said, Words

WORDS: Mapping[str, Said] = {
    # Around every page.
    "product": Said("Data quality", "Qualité des données"),
    "skip": Said("Skip to the content", "Aller au contenu"),
    "overview": Said("Overview", "Vue d’ensemble"),
    "other_language": Said("Français", "English"),
    "where": Said("You are here", "Vous êtes ici"),
    # Verdicts.
    "open": Said("Open", "Ouverte"),
    "warning": Said("Open with warnings", "Ouverte avec réserves"),
    "closed": Said("Closed", "Fermée"),
    "strip": Said(
        "Last {n:verdict|verdicts}, the newest at the end",
        "{n:dernier verdict|derniers verdicts}, le plus récent à la fin",
    ),
    # The tabs of the Airflow UI.
    "verdicts_of_run": Said("The verdicts of this run", "Les verdicts de cette exécution"),
    "no_verdict_yet": Said(
        "No gate of this run has decided yet.", "Aucune porte de cette exécution n’a encore décidé."
    ),
    "no_gate": Said(
        "{task} has no gate, or its gate has not decided yet.",
        "{task} n’a pas de porte, ou sa porte n’a pas encore décidé.",
    ),
    "rows_and_checks": Said(
        "{rows:number} {unit}, {checks:check|checks}",
        "{rows:number} {unit}, {checks:vérification|vérifications}",
    ),
    # Charts.
    "limit": Said("limit", "limite"),
    "limit_of": Said("limit {limit}", "limite {limit}"),
    "usual_of": Said("usual {usual}", "habituel {usual}"),
    "from_to": Said("{least} to {most}", "de {least} à {most}"),
    "as_table": Said("As a table", "En tableau"),
    "when": Said("When", "Quand"),
    # What a verdict means.
    "is_closed_because": Said("{gate} is closed: {reason}.", "{gate} est fermée : {reason}."),
    "is_closed": Said(
        "{gate} is closed, for {n:reason|reasons}.", "{gate} est fermée, pour {n:raison|raisons}."
    ),
    "is_open": Said("{gate} is open: {passed}.", "{gate} est ouverte : {passed}."),
    "passed": Said("{n:check|checks} passed", "{n:vérification réussie|vérifications réussies}"),
    "and_warnings": Said(", {n:warning|warnings}", ", {n:réserve|réserves}"),
    "reason": Said("{check} — {observed}", "{check} — {observed}"),
    "reason_problem": Said(
        "{check} — nothing can be said: {problem}", "{check} — impossible à dire : {problem}"
    ),
    "as_it_was": Said("{held} is as it was {when}.", "{held} n’a pas changé depuis {when}."),
    "nothing_ran": Said(
        "Nothing behind it ran: the published data is as it was.",
        "Rien de ce qui suit n’a été exécuté : les données publiées sont inchangées.",
    ),
    "not_run_since": Said(
        "{held} has not run; this gate last passed {when}.",
        "{held} n’a pas été exécuté ; cette porte s’est ouverte pour la dernière fois {when}.",
    ),
    "never_passed": Said(
        "{held} waits: no earlier run has passed this gate.",
        "{held} attend : aucune exécution n’a encore franchi cette porte.",
    ),
    "what_follows": Said("what comes after it", "ce qui la suit"),
    "last_good": Said("See the last verdict that passed", "Voir le dernier verdict favorable"),
    "share_open": Said(
        "Open {open:number} of the last {n:time|times}",
        "Ouverte {open:number} fois sur {n:number}",
    ),
    "unpublished": Said("Not written", "Non écrit"),
    "erased_lines": Said(
        "{n:line|lines} about a person erased from this report.",
        "{n:ligne concernant une personne effacée|lignes concernant une personne effacées} de ce rapport.",
    ),
    "next": Said("What to do next", "Que faire maintenant"),
    "step_rows": Said(
        "Open the failing rows (CSV): where each one stands and what is wrong with it.",
        "Ouvrir les lignes en échec (CSV) : où chacune se trouve et ce qui ne va pas.",
    ),
    "step_log": Said("Read the log of {task} in Airflow.", "Lire le journal de {task} dans Airflow."),
    "step_log_first": Said(
        "Something broke while it was looked at: read the log of {task} in Airflow.",
        "Quelque chose s’est cassé pendant la vérification : lire le journal de {task} dans Airflow.",
    ),
    "step_repair": Said(
        "Repair the cause, then clear the task so that it looks again.",
        "Réparer la cause, puis relancer la tâche pour qu’elle vérifie de nouveau.",
    ),
    "step_replay": Said(
        "Correct these rows at their source, then replay them or trigger the run again.",
        "Corriger ces lignes à la source, puis les rejouer ou relancer l’exécution.",
    ),
    "step_again": Said(
        "Correct the data at its source, then trigger the run again.",
        "Corriger les données à la source, puis relancer l’exécution.",
    ),
    "step_warnings": Said(
        "Nothing was held back. Look at the warnings before they grow.",
        "Rien n’a été retenu. Regarder les réserves avant qu’elles ne grandissent.",
    ),
    # Checks.
    "checks": Said("What was checked", "Ce qui a été vérifié"),
    "filter": Said("Show", "Afficher"),
    "all": Said("All", "Toutes"),
    "failed": Said("Failed", "En échec"),
    "warnings": Said("Warnings", "Réserves"),
    "passed_ones": Said("Passed", "Réussies"),
    "search": Said("Search the checks", "Chercher une vérification"),
    "none_found": Said("No check matches.", "Aucune vérification ne correspond."),
    "state_closed": Said("Failed", "En échec"),
    "state_warning": Said("Warning", "Réserve"),
    "state_open": Said("Passed", "Réussie"),
    "critical": Said("critical", "critique"),
    "severity_warning": Said("warning", "réserve"),
    "info": Said("information", "information"),
    "expected": Said("expected: {threshold}", "attendu : {threshold}"),
    "problem": Said("Nothing can be said: {problem}", "Impossible à dire : {problem}"),
    "examples": Said(
        "{n:example of a failing row|examples of failing rows}",
        "{n:exemple de ligne en échec|exemples de lignes en échec}",
    ),
    "found": Said("What was found", "Ce qui a été trouvé"),
    "all_as_csv": Said("All of them as CSV", "Toutes en CSV"),
    "allowed_as_csv": Said(
        "{n:row that the limit allows|rows that the limit allows} (CSV)",
        "{n:ligne que la limite admet|lignes que la limite admet} (CSV)",
    ),
    "bar": Said("{now}, limit {limit}", "{now}, limite {limit}"),
    "last_runs": Said(
        "Last {n:run|runs}: from {first} to {last}",
        "{n:dernière exécution|dernières exécutions} : de {first} à {last}",
    ),
    "heading_to_limit": Said("limit in about {n:run|runs}", "limite dans environ {n:exécution|exécutions}"),
    # What changed.
    "changes": Said(
        "What changed since the last run that passed", "Ce qui a changé depuis la dernière exécution réussie"
    ),
    "changes_since": Said("Compared with {when}", "Comparée à celle du {when}"),
    "no_changes": Said(
        "Every check says what it said then.", "Chaque vérification dit ce qu’elle disait alors."
    ),
    "nothing_passed": Said(
        "No earlier run has passed this gate: there is nothing to compare with.",
        "Aucune exécution n’a encore franchi cette porte : rien à comparer.",
    ),
    "check": Said("Check", "Vérification"),
    "then": Said("Then", "Avant"),
    "now": Said("Now", "Maintenant"),
    "difference": Said("Difference", "Écart"),
    "first_failed": Said("First failed: {when}", "Premier échec : {when}"),
    "first_failed_now": Said("First failed in this run", "Premier échec dans cette exécution"),
    "new_check": Said("not checked", "non vérifié"),
    "yes": Said("yes", "oui"),
    "no": Said("no", "non"),
    "points": Said("{n:point|points}", "{n:point|points}"),
    "below_a_point": Said("below 0.1 point", "moins de 0,1 point"),
    "margin_high": Said("{now} of {limit} allowed", "{now} sur {limit} admis"),
    "margin_low": Said("{now} where at least {limit} is needed", "{now} pour au moins {limit} requis"),
    "margin_all": Said("{now} where {limit} is needed", "{now} pour {limit} requis"),
    "margin_exact": Said("{now} where exactly {limit} is needed", "{now} pour exactement {limit} requis"),
    "margin_both": Said("{now} where {limit} is allowed", "{now} pour {limit} admis"),
    "rising": Said(", rising", ", en hausse"),
    "falling": Said(", falling", ", en baisse"),
    "reached_in": Said(
        "; at this slope reached in about {n:run|runs}",
        " ; à ce rythme, limite atteinte dans environ {n:exécution|exécutions}",
    ),
    # The facts of a run.
    "facts": Said("About this run", "À propos de cette exécution"),
    "run": Said("Run", "Exécution"),
    "dag": Said("DAG", "DAG"),
    "owner": Said("Owner", "Responsable"),
    "task": Said("Task", "Tâche"),
    "started": Said("Started", "Début"),
    "took": Said("Took", "Durée"),
    "looked_at": Said("Looked at", "Examiné"),
    "used": Said("Thresholds and facts", "Seuils et faits"),
    "apart": Said("Set apart", "À part"),
    "apart_why": Said(
        "It says nothing about the usual volume, and does not count in the history.",
        "Elle ne dit rien du volume habituel et ne compte pas dans l’historique.",
    ),
    "files": Said("Files of this verdict", "Fichiers de ce verdict"),
    "file_gx": Said("Great Expectations’ own page", "La page de Great Expectations"),
    "file_rows": Said("Rows that a check named", "Lignes désignées par une vérification"),
    "file_result": Said("Result of Great Expectations", "Résultat de Great Expectations"),
    "file_report": Said("This report as data", "Ce rapport en données"),
    "file_sums": Said("Checksums of these files", "Sommes de contrôle de ces fichiers"),
    "whole_history": Said("Whole history of {gate}", "Tout l’historique de {gate}"),
    **APPROVAL_WORDS,
    **OVERVIEW_WORDS,
}


def word(key: str, language: Language, **values: Any) -> str:
    """The words of a key in one language, with values put in."""
    return Words(language).sentence(WORDS[key].in_language(language), **values)
