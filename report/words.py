"""The words of the pages around what a report says itself, in every language.

Templates are those of `report.said`: `{n:check|checks}` is "1 check", "2 checks".
"""

from collections.abc import Mapping
from typing import Any

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
    # Charts.
    "limit": Said("limit", "limite"),
    "limit_of": Said("limit {limit}", "limite {limit}"),
    "as_table": Said("As a table", "En tableau"),
    "when": Said("When", "Quand"),
}


def word(key: str, language: Language, **values: Any) -> str:
    """The words of a key in one language, with values put in."""
    return Words(language).format(WORDS[key].in_language(language), **values)
