"""Text as people type it, reduced to what matters when two spellings are compared."""

import re
import unicodedata

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl.contract import EMAIL_PATTERN
from etl.visible import INVISIBLE
from etl.workbook.no_value import FORMULA_WITHOUT_VALUE

NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that no workbook can hold as they are ("Extensible Markup Language 1.0", 2.2)."""

# A last label of letters: `@0611223344` and `@06.11.22.33` are no domains. Bounded, so that no mail gets a
# megabyte.
_DOMAIN = r"[A-Za-z0-9.-]{1,100}\.[A-Za-z]{2,24}"
_ADDRESS = re.compile(EMAIL_PATTERN)
_UNSEEN = dict.fromkeys(map(ord, INVISIBLE))
_UNSEEN_BUT_SPACE = {code: None for code in _UNSEEN if not chr(code).isspace()}
_ARABIC_DECIMAL_SEPARATOR = "\u066b"


def key(text: str) -> str:
    """A spelling without case, accents, spaces and punctuation: `Niveau_Prédits ` → `niveaupredits`."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def label_key(text: str) -> str:
    """A label as it is compared: `Straße`, `STRASSE` and full-width letters are one.

    Compatibility forms and case are folded (near to what Unicode calls NFKC_Casefold), spaces are single, and
    what cannot be seen does not matter. Whatever a database's lower() takes for one has one key, `İ` and `i`
    too: a target that compares its own labels by lower() never sees two of a row as one.
    """
    folded = _folded(" ".join(text.split())).translate(_UNSEEN_BUT_SPACE)
    return " ".join(folded.replace("i\u0307", "i").split())


def email_keys(emails: pd.Series) -> pd.Series:
    """Emails as they are compared and stored: trimmed, A to Z in lower case, all else as it was typed.

    Null where nothing can be seen, or a formula has no value. No other letter is folded: `İnfo@x.fr` is not
    the person of `info@x.fr`.
    """
    typed = pc.utf8_trim_whitespace(_texts(emails))
    known = pc.if_else(pc.equal(typed, FORMULA_WITHOUT_VALUE), None, typed)
    return _series(_seen(pc.ascii_lower(known)), emails)


def same_emails(keys: pd.Series, key: str) -> pd.Series:
    """Which emails are the one somebody typed, as `email_keys` gives both; beyond ASCII whatever the case."""
    if key.isascii():
        return keys.eq(key).fillna(False).astype(bool)
    return keys.str.casefold().eq(key.casefold()).fillna(False).astype(bool)


def ambiguous_emails(emails: pd.Series) -> npt.NDArray[np.bool_]:
    """Emails that are no address, and could be taken for one: `İnfo@x.fr`, `zoe＠x.fr`, one with U+200B.

    emails: as `email_keys` gives them.
    """
    texts = _texts(emails)
    others = np.flatnonzero(_beyond_ascii(texts))
    found = np.zeros(len(texts), dtype=bool)
    found[others] = [_looks_like_an_address(text) for text in texts.take(others).to_pylist()]
    return found


def _looks_like_an_address(text: str) -> bool:
    letters = _folded(text).translate(_UNSEEN)
    base = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return bool(_ADDRESS.fullmatch(base))


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded)


def masked_emails(emails: pd.Series) -> pd.Series:
    """Emails that may be shown to anybody: `zoe@x.fr` → `z…@x.fr`, `zoe` → `z…`; null stays null.

    What follows the last @ is shown only if it is a dotted domain: `zoe@x.fr (06 11…)` → `z…`.
    """
    # Arrow's expressions know no lazy groups across lines without (?s), and a line break must hide nothing.
    return emails.str.replace(rf"(?s)^(.).*?(@{_DOMAIN})?$", "\\1…\\2", regex=True)


def trimmed(texts: pd.Series) -> pd.Series:
    """Texts without spaces around them, NFC, so that equal ones are equal; null where nothing can be seen."""
    return _series(_seen(pc.utf8_trim_whitespace(_composed(_texts(texts)))), texts)


def visible(texts: pa.Array) -> pa.Array:
    """Whether each text has a character that can be seen; null where there is no text."""
    return pc.not_equal(pc.utf8_trim(texts, characters=INVISIBLE), "")


def in_ascii_digits(texts: pd.Series) -> pd.Series:
    """Numbers with the digits of any script written in those of ASCII: `٢٥` → `25`, `٢٫٥` → `2.5`."""
    others = _beyond_ascii(_texts(texts))
    return texts if not others.any() else texts.mask(others, texts[others].map(_in_ascii_digits))


def _in_ascii_digits(text: str) -> str:
    digits = "".join(str(unicodedata.decimal(sign, sign)) for sign in text)
    return digits.replace(_ARABIC_DECIMAL_SEPARATOR, ".")


def _composed(texts: pa.Array) -> pa.Array:
    """The texts in NFC; where all are of ASCII they are that already, and are not copied."""
    if pc.all(pc.string_is_ascii(texts), min_count=0).as_py():
        return texts
    # pandas normalises one text at a time in Python: five times slower than Arrow.
    return pc.utf8_normalize(texts, form="NFC")


def _beyond_ascii(texts: pa.Array) -> npt.NDArray[np.bool_]:
    others = pc.invert(pc.string_is_ascii(texts)).fill_null(False)
    return np.asarray(others.to_numpy(zero_copy_only=False), dtype=bool)


def _seen(texts: pa.Array) -> pa.Array:
    return pc.if_else(visible(texts), texts, None)


def _texts(texts: pd.Series) -> pa.Array:
    array = pa.array(texts, type=pa.large_string(), from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _series(texts: pa.Array, like: pd.Series) -> pd.Series:
    return pd.Series(texts.to_pandas().array, index=like.index, dtype="str")
