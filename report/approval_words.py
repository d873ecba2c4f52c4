"""The words of a gate that a person may open, in every language."""

from collections.abc import Mapping

from report.said import Said

APPROVAL_WORDS: Mapping[str, Said] = {
    # On the page and in the mail.
    "waits": Said(
        "The run waits for a decision, {when} at the latest.",
        "L’exécution attend une décision, au plus tard {when}.",
    ),
    "step_decide": Said(
        "Approve or refuse it in Airflow, with a reason.",
        "L’approuver ou la refuser dans Airflow, avec un motif.",
    ),
    "is_approved": Said(
        "{gate} was approved by {by} in spite of this: {reason}.",
        "{gate} a été approuvée par {by} malgré ceci : {reason}.",
    ),
    "approved": Said(
        "{by} approved it {when}: “{reason}”. The run went on.",
        "{by} l’a approuvée {when} : « {reason} ». L’exécution a continué.",
    ),
    "refused": Said("{by} refused it {when}: “{reason}”.", "{by} l’a refusée {when} : « {reason} »."),
    "unanswered": Said(
        "Nobody answered in time, {when} at the latest.",
        "Personne n’a répondu à temps, au plus tard {when}.",
    ),
    "outdated": Said(
        "{by} approved it {when}, but what was looked at had changed by then.",
        "{by} l’a approuvée {when}, mais ce qui avait été vérifié n’était plus le même.",
    ),
    # In the form of the Airflow UI.
    "ask_subject": Said("{gate} is closed. Let the run go on?", "{gate} est fermée. Laisser continuer ?"),
    "ask_reason": Said("Reason", "Motif"),
    "ask_reason_why": Said(
        "Why the run may go on, or may not. It stands in the report and in the mail: no names, no addresses.",
        "Pourquoi l’exécution peut continuer ou non. Rapport et courriel le citent : ni nom, ni adresse.",
    ),
    "ask_down_to": Said(
        "(may be approved down to {bound})", "(peut être approuvée jusqu’à {bound} au moins)"
    ),
    "ask_up_to": Said("(may be approved up to {bound})", "(peut être approuvée jusqu’à {bound} au plus)"),
    "ask_evidence": Said(
        "An approval holds for this batch alone (SHA-256 {batch}).",
        "L’approbation ne vaut que pour ce lot (SHA-256 {batch}).",
    ),
    "no_reason": Said("no reason given", "sans motif"),
    "somebody": Said("Somebody", "Quelqu’un"),
    "evidence": Said("Evidence (SHA-256)", "Preuve (SHA-256)"),
    "evidence_of": Said("batch {batch}, verdict {verdict}", "lot {batch}, verdict {verdict}"),
}
