"""The data contract: which columns come in, which verdicts rows get, which values may be stored.

Everything that other modules (and the gates) know about users stands here once.
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Column:
    """One column of the workbook and the field of `users` that it fills.

    field: name in `users`, or `interests`.
    header: the spelling that a new workbook should use.
    aliases: other spellings; case, accents, spaces and punctuation never matter.
    required: a workbook without it is refused.
    """

    field: str
    header: str
    aliases: tuple[str, ...] = ()
    required: bool = False


COLUMNS: tuple[Column, ...] = (
    Column("full_name", "Nom", ("Nom complet",), required=True),
    Column("age", "Âge", ("Age",)),
    Column("gender", "Sexe", ("Genre",)),
    Column("email", "Email", ("E-mail", "Adresse email"), required=True),
    Column("phone", "Téléphone", ("Telephone", "Tél")),
    Column("preferred_language", "Langue préférée", ("Langue",)),
    Column("learning_mode", "Mode d'apprentissage"),
    Column("interests", "Centres d'intérêt", ("Centre d'intérêt",)),
    Column("highest_academic_level", "Niveau académique"),
    Column("total_experience_years", "Expérience (années)", ("Expérience",)),
    Column("predicted_level", "Niveau_predits", ("Niveau prédit",)),
)

FIELDS: tuple[str, ...] = tuple(column.field for column in COLUMNS)
REQUIRED_FIELDS: tuple[str, ...] = tuple(column.field for column in COLUMNS if column.required)

# The fields that a row may leave as they are: their order gives each its bit in the mask `keep`.
OPTIONAL_FIELDS: tuple[str, ...] = tuple(column.field for column in COLUMNS if not column.required)


def keep_bit(field: str) -> int:
    """The bit of an optional field in the mask `keep` (and `absent`) of a row."""
    return 1 << OPTIONAL_FIELDS.index(field)


# Where a row stands: the columns that every frame of this package starts with.
ROW_KEY: tuple[str, ...] = ("workbook", "sheet", "row")


class Status(StrEnum):
    """The verdict on a row."""

    VALID = "valid"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


class Reason(StrEnum):
    """Why a row was not loaded. The code is what tables and workbooks hold."""

    MISSING_NAME = "missing_name"
    MISSING_EMAIL = "missing_email"
    INVALID_EMAIL = "invalid_email"
    AGE_NOT_A_NUMBER = "age_not_a_number"
    AGE_OUT_OF_RANGE = "age_out_of_range"
    DUPLICATE_EMAIL = "duplicate_email"
    NEWER_USER = "newer_user"


REASON_TEXTS: dict[Reason, str] = {
    Reason.MISSING_NAME: "the name is empty",
    Reason.MISSING_EMAIL: "the email is empty",
    Reason.INVALID_EMAIL: "the email is not an address such as zoe@example.fr",
    Reason.AGE_NOT_A_NUMBER: "the age is not a whole number",
    Reason.AGE_OUT_OF_RANGE: "the age is not between 16 and 100",
    Reason.DUPLICATE_EMAIL: "a later row has the same email",
    Reason.NEWER_USER: "the stored user is newer than this replayed row",
}

MIN_AGE = 16
MAX_AGE = 100

# The HTML definition of a valid email address (WHATWG, "valid e-mail address"), plus a dotted domain.
EMAIL_PATTERN = (
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+"
    r"@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    r"(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
)
# RFC 5321, 4.5.3.1.3: a path is at most 256 octets, its angle brackets included.
MAX_EMAIL_LENGTH = 254

GENDERS = ("M", "F", "O", "P")
LANGUAGES = ("fr", "en", "es", "de", "zh", "ar")
LEARNING_MODES = ("video", "text", "practice")
ACADEMIC_LEVELS = ("bac", "licence", "master", "doctorat", "autre")

VALUE_SETS: dict[str, tuple[str, ...]] = {
    "gender": GENDERS,
    "preferred_language": LANGUAGES,
    "learning_mode": LEARNING_MODES,
    "highest_academic_level": ACADEMIC_LEVELS,
}
MAX_EXPERIENCE_YEARS = 80
# Characters of one interest. The unique index on `interests.label` takes no more than 2,704 bytes.
MAX_LABEL_LENGTH = 200

MIN_VALID_RATIO = 0.80

# What the rejected workbook adds to the source's own columns; EXTRACTED_AT marks a row as a replay.
REASONS_HEADER = "_reasons"
EXTRACTED_AT_HEADER = "_extracted_at"
