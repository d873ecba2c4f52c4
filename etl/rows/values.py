"""Optional values as people write them, and the canonical value each stands for.

Every reader returns two series, indexed as its input: the canonical values (null where nothing is to be
stored) and whether the cell holds something that is not understood.
"""

from collections.abc import Callable, Mapping

import pandas as pd

from etl.contract import MAX_EXPERIENCE_YEARS, MAX_LABEL_LENGTH
from etl.rows import spelling
from etl.rows.interests import SEPARATORS

Read = tuple[pd.Series, pd.Series]

# Spellings as `spelling.key` leaves them: no case, no accents, no spaces, no punctuation.
GENDER_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "M": ("m", "male", "homme", "h", "masculin", "man", "garcon", "monsieur"),
    "F": ("f", "female", "femme", "feminin", "woman", "fille", "madame"),
    "O": ("o", "other", "autre", "nonbinaire", "nonbinary", "x", "divers"),
    "P": ("p", "prefernottosay", "preferenepasdire", "nonprecise", "nonrenseigne", "nsp"),
}
LANGUAGE_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "fr": ("fr", "fra", "fre", "francais", "francaise", "french"),
    "en": ("en", "eng", "anglais", "anglaise", "english"),
    "es": ("es", "esp", "spa", "espagnol", "espagnole", "spanish", "espanol"),
    "de": ("de", "deu", "ger", "allemand", "allemande", "german", "deutsch"),
    "zh": ("zh", "zho", "chi", "chinois", "chinoise", "chinese", "mandarin", "中文"),
    "ar": ("ar", "ara", "arabe", "arabic", "العربية"),
}
MODE_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "video": ("video", "videos", "visuel", "visual"),
    "text": ("text", "texte", "textes", "lecture", "reading", "ecrit"),
    "practice": ("practice", "pratique", "exercice", "exercices", "exercises", "handson", "tp"),
}
LEVEL_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "bac": ("bac", "baccalaureat", "highschool", "lycee", "terminale"),
    "licence": ("licence", "bachelor", "bachelors", "bac3", "undergraduate"),
    "master": ("master", "masters", "mastere", "bac5", "ingenieur", "maitrise"),
    "doctorat": ("doctorat", "doctorate", "phd", "these", "bac8"),
    "autre": ("autre", "other", "aucun", "none"),
}


def spelled(spellings: Mapping[str, tuple[str, ...]]) -> Callable[[pd.Series], Read]:
    """A reader for a value set: each canonical value with the spellings that stand for it."""
    canonical = {key: value for value, keys in spellings.items() for key in keys}

    def read(cells: pd.Series) -> Read:
        texts = spelling.trimmed(cells)
        meanings = {text: canonical.get(spelling.key(text)) for text in texts.dropna().unique()}
        values = texts.map(meanings).astype("str")
        return values, texts.notna() & values.isna()

    return read


def read_experience(cells: pd.Series) -> Read:
    """Years of experience, 0 to `contract.MAX_EXPERIENCE_YEARS`, two decimals; `2,5` is read as 2.5."""
    texts = spelling.trimmed(cells)
    plain = texts.str.fullmatch(r"\d{1,3}(?:[.,]\d+)?")
    numbers = pd.to_numeric(texts.where(plain).str.replace(",", ".", regex=False), errors="coerce")
    years = numbers.where(numbers.le(MAX_EXPERIENCE_YEARS)).astype("float64").round(2)
    return years, texts.notna() & years.isna()


def read_text(cells: pd.Series) -> Read:
    """Any text, trimmed. PostgreSQL cannot hold NUL, so it becomes the replacement character."""
    texts = spelling.trimmed(cells).str.replace("\0", "\ufffd", regex=False)
    return texts, pd.Series(False, index=cells.index)


def read_interests(cells: pd.Series) -> Read:
    """Interests as typed; a cell with one of more than `contract.MAX_LABEL_LENGTH` characters is none."""
    texts, _ = read_text(cells)
    long = texts[texts.str.len().gt(MAX_LABEL_LENGTH).fillna(False).astype(bool)]
    longest = long.str.split(SEPARATORS, regex=True).map(lambda labels: max(map(len, labels)))
    misread = texts.index.isin(longest.index[longest > MAX_LABEL_LENGTH])
    return texts.mask(misread), pd.Series(misread, index=cells.index)


READERS: Mapping[str, Callable[[pd.Series], Read]] = {
    "gender": spelled(GENDER_SPELLINGS),
    "phone": read_text,
    "preferred_language": spelled(LANGUAGE_SPELLINGS),
    "learning_mode": spelled(MODE_SPELLINGS),
    "interests": read_interests,
    "highest_academic_level": spelled(LEVEL_SPELLINGS),
    "total_experience_years": read_experience,
    "predicted_level": read_text,
}
