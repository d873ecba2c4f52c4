"""The data contract: which columns come in, which verdicts rows get, which values may be stored.

Everything that other modules (and the gates) know about users stands here once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from etl.kinds import Age, Choice, Decimal, Email, Kind, Labels, Lenient, Name, Text
from etl.visible import VISIBLE_PATTERN


@dataclass(frozen=True)
class Column:
    """One column of the workbook and the field of `users` that it fills.

    field: name in `users`, or `interests`.
    header: the spelling that a new workbook should use.
    kind: what it may hold.
    aliases: other spellings; case, accents, spaces and punctuation never matter.
    """

    field: str
    header: str
    kind: Kind
    aliases: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Whether a workbook without it is refused."""
        return isinstance(self.kind, Name | Email)

    @property
    def lenient(self) -> bool:
        """Whether a cell that is not understood is a warning, and leaves what is stored."""
        return isinstance(self.kind, Lenient)


AGE = Age(16, 100)
# Characters of one interest. The unique index on `interests.label` takes no more than 2,704 bytes.
INTERESTS = Labels(longest=200)
GENDER = Choice(
    {
        "M": ("m", "male", "homme", "h", "masculin", "man", "garcon", "monsieur"),
        "F": ("f", "female", "femme", "feminin", "woman", "fille", "madame"),
        "O": ("o", "other", "autre", "nonbinaire", "nonbinary", "x", "divers"),
        "P": ("p", "prefernottosay", "preferenepasdire", "nonprecise", "nonrenseigne", "nsp"),
    }
)
LANGUAGE = Choice(
    {
        "fr": ("fr", "fra", "fre", "francais", "francaise", "french"),
        "en": ("en", "eng", "anglais", "anglaise", "english"),
        "es": ("es", "esp", "spa", "espagnol", "espagnole", "spanish", "espanol"),
        "de": ("de", "deu", "ger", "allemand", "allemande", "german", "deutsch"),
        "zh": ("zh", "zho", "chi", "chinois", "chinoise", "chinese", "mandarin", "中文"),
        "ar": ("ar", "ara", "arabe", "arabic", "العربية"),
    }
)
LEARNING_MODE = Choice(
    {
        "video": ("video", "videos", "visuel", "visual"),
        "text": ("text", "texte", "textes", "lecture", "reading", "ecrit"),
        "practice": ("practice", "pratique", "exercice", "exercices", "exercises", "handson", "tp"),
    }
)
ACADEMIC_LEVEL = Choice(
    {
        "bac": ("bac", "baccalaureat", "highschool", "lycee", "terminale"),
        "licence": ("licence", "bachelor", "bachelors", "bac3", "undergraduate"),
        "master": ("master", "masters", "mastere", "bac5", "ingenieur", "maitrise"),
        "doctorat": ("doctorat", "doctorate", "phd", "these", "bac8"),
        "autre": ("autre", "other", "aucun", "none"),
    }
)

COLUMNS: tuple[Column, ...] = (
    Column("full_name", "Nom", Name(), ("Nom complet",)),
    Column("age", "Âge", AGE, ("Age",)),
    Column("gender", "Sexe", GENDER, ("Genre",)),
    Column("email", "Email", Email(), ("E-mail", "Adresse email")),
    Column("phone", "Téléphone", Text(), ("Telephone", "Tél")),
    Column("preferred_language", "Langue préférée", LANGUAGE, ("Langue",)),
    Column("learning_mode", "Mode d'apprentissage", LEARNING_MODE),
    Column("interests", "Centres d'intérêt", INTERESTS, ("Centre d'intérêt",)),
    Column("highest_academic_level", "Niveau académique", ACADEMIC_LEVEL),
    Column("total_experience_years", "Expérience (années)", Decimal(80, digits=5, places=2), ("Expérience",)),
    Column("predicted_level", "Niveau_predits", Text(), ("Niveau prédit",)),
)

FIELDS: tuple[str, ...] = tuple(column.field for column in COLUMNS)
REQUIRED_FIELDS: tuple[str, ...] = tuple(column.field for column in COLUMNS if column.required)

# The fields that a row may leave as they are.
OPTIONAL_FIELDS: tuple[str, ...] = tuple(column.field for column in COLUMNS if not column.required)


def barred(fields: Iterable[str]) -> str:
    """Names of fields as one text, each between bars: `|age|gender|`; empty when there is none.

    So a row names the fields that it leaves alone (`keep`), and those that its workbook lacks (`absent`).
    """
    names = "|".join(fields)
    return f"|{names}|" if names else ""


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
    AMBIGUOUS_EMAIL = "ambiguous_email"
    AGE_NOT_A_NUMBER = "age_not_a_number"
    AGE_OUT_OF_RANGE = "age_out_of_range"
    ERROR_VALUE = "error_value"
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    FULL_NAME_TOO_LONG = "full_name_too_long"
    EMAIL_TOO_LONG = "email_too_long"
    PHONE_TOO_LONG = "phone_too_long"
    INTERESTS_TOO_LONG = "interests_too_long"
    PREDICTED_LEVEL_TOO_LONG = "predicted_level_too_long"
    DUPLICATE_EMAIL = "duplicate_email"
    NEWER_USER = "newer_user"
    EMAIL_OF_ANOTHER = "email_of_another"


TOO_LONG: dict[str, Reason] = {
    "full_name": Reason.FULL_NAME_TOO_LONG,
    "email": Reason.EMAIL_TOO_LONG,
    "phone": Reason.PHONE_TOO_LONG,
    "interests": Reason.INTERESTS_TOO_LONG,
    "predicted_level": Reason.PREDICTED_LEVEL_TOO_LONG,
}
"""By each field that is free text, the reason of one that is longer than its column in the target."""


REASON_TEXTS: dict[Reason, str] = {
    Reason.MISSING_NAME: "the name is empty",
    Reason.MISSING_EMAIL: "the email is empty",
    Reason.INVALID_EMAIL: "the email is not an address such as zoe@example.fr",
    Reason.AMBIGUOUS_EMAIL: (
        "the email has characters that cannot be seen, or that only look like those of an address "
        "(İ, ﬁ, ＠): type it anew"
    ),
    Reason.AGE_NOT_A_NUMBER: "the age is not a whole number",
    Reason.AGE_OUT_OF_RANGE: f"the age is not between {AGE.low} and {AGE.high}",
    Reason.ERROR_VALUE: "the name is an error of the spreadsheet, such as #REF!",
    Reason.FORMULA_WITHOUT_VALUE: (
        "name, email or age is a formula whose value is not in the workbook: open the workbook in a "
        "spreadsheet program and save it there"
    ),
    Reason.FULL_NAME_TOO_LONG: "the name has more than {limit} characters",
    Reason.EMAIL_TOO_LONG: "the email has more than {limit} characters",
    Reason.PHONE_TOO_LONG: "the phone has more than {limit} characters",
    Reason.INTERESTS_TOO_LONG: "a centre of interest has more than {limit} characters",
    Reason.PREDICTED_LEVEL_TOO_LONG: "the predicted level has more than {limit} characters",
    Reason.DUPLICATE_EMAIL: "a later row has the same email",
    Reason.NEWER_USER: "the stored user is newer than this replayed row",
    Reason.EMAIL_OF_ANOTHER: (
        "the database takes the email for that of a stored user, whose address has letters beyond a-z (such "
        "as the Kelvin sign for k): correct the stored address"
    ),
}


def reason_text(code: str, limits: Mapping[str, int]) -> str:
    """A reason in words. limits: by field, the most characters that the target takes."""
    reason = Reason(code)
    limit = next((limits.get(field, "") for field, too_long in TOO_LONG.items() if too_long is reason), "")
    return REASON_TEXTS[reason].format(limit=limit)


# The HTML definition of a valid email address (WHATWG, "valid e-mail address"), plus a dotted domain.
EMAIL_PATTERN = (
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+"
    r"@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    r"(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
)
# A name has a character that can be seen.
NAME_PATTERN = VISIBLE_PATTERN
# RFC 5321, 4.5.3.1.3: a path is at most 256 octets, its angle brackets included.
MAX_EMAIL_LENGTH = 254

VALUE_SETS: dict[str, tuple[str, ...]] = {
    column.field: column.kind.values for column in COLUMNS if isinstance(column.kind, Choice)
}
"""The values of each field that is one of a few."""

PLATFORM_COLUMNS: dict[str, str] = {
    "full_name": "users_person.name",
    "age": "users_person.age",
    "gender": "users_person.gender",
    "email": "users_person.email",
    "phone": "users_person.phone",
    "preferred_language": "users_preferences.preferred_language",
    "learning_mode": "users_preferences.learning_mode",
    "interests": "users_interest.name",
    "highest_academic_level": "users_academicbackground.highest_academic_level",
    "total_experience_years": "users_professionalbackground.total_experience_years",
    "predicted_level": "users_person.predicted_level",
}
"""Where the learning platform keeps each field, by its own pages.

The gate `users_next` holds what the merge is about to write against this, and nothing else reads it: the
merge has its own description of the target, and a mistake in one of the two closes the gate.
"""

RANGES: dict[str, tuple[int, int]] = {"age": (AGE.low, AGE.high)} | {
    column.field: (0, column.kind.high) for column in COLUMNS if isinstance(column.kind, Decimal)
}
"""The least and the greatest value of each field that is a number."""

MIN_VALID_RATIO = 0.80

# What the rejected workbook adds to the source's own columns; EXTRACTED_AT marks a row as a replay.
REASONS_HEADER = "_reasons"
EXTRACTED_AT_HEADER = "_extracted_at"
