"""French of the few English terms that a report stores as they are: its doubts, and what its rows are."""

from report.said import Language, Said, say

NO_EXPECTATION = say("the suite has no expectation", "la suite ne contient aucune vérification")
EMPTY_BATCH = say("the batch is empty", "le lot est vide")

UNITS: tuple[Said, ...] = (
    say("rows", "lignes"),
    say("fields", "champs"),
    say("buckets", "groupes"),
    say("documents", "documents"),
    say("runs", "exécutions"),
)

FRENCH: dict[str, str] = {term.en: term.fr for term in (NO_EXPECTATION, EMPTY_BATCH, *UNITS)}


def term(text: str, language: Language) -> str:
    """A doubt or a unit of a report in one language; one that is not known here stays English."""
    return FRENCH.get(text, text) if language == "fr" else text
