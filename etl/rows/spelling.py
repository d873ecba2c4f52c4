"""Text as people type it, reduced to what matters when two spellings are compared."""

import re
import unicodedata

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that no workbook can hold as they are ("Extensible Markup Language 1.0", 2.2)."""

# A last label of letters: `@0611223344` and `@06.11.22.33` are no domains. Bounded, so that no mail gets a
# megabyte.
_DOMAIN = r"[A-Za-z0-9.-]{1,100}\.[A-Za-z]{2,24}"


def key(text: str) -> str:
    """A spelling without case, accents, spaces and punctuation: `Niveau_Prédits ` → `niveaupredits`."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def email_keys(emails: pd.Series) -> pd.Series:
    """Emails as they are compared and stored: NFKC, trimmed, lower case; null where nothing is left."""
    keys = _normalised(emails, "NFKC").str.strip().str.lower()
    return keys.mask(keys == "")


def masked_emails(emails: pd.Series) -> pd.Series:
    """Emails that may be shown to anybody: `zoe@x.fr` → `z…@x.fr`, `zoe` → `z…`; null stays null.

    What follows the last @ is shown only if it is a dotted domain: `zoe@x.fr (06 11…)` → `z…`.
    """
    # Arrow's expressions know no lazy groups across lines without (?s), and a line break must hide nothing.
    return emails.str.replace(rf"(?s)^(.).*?(@{_DOMAIN})?$", "\\1…\\2", regex=True)


def trimmed(texts: pd.Series) -> pd.Series:
    """Texts without spaces around them; null where nothing is left. NFC, so that equal texts are equal."""
    clean = _normalised(texts, "NFC").str.strip()
    return clean.mask(clean == "")


def _normalised(texts: pd.Series, form: str) -> pd.Series:
    # pandas normalises one text at a time in Python: five times slower than Arrow.
    normal = pc.utf8_normalize(pa.array(texts, type=pa.large_string(), from_pandas=True), form=form)
    return pd.Series(normal.to_pandas(), index=texts.index, dtype="str")
