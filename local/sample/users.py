"""Sample workbooks of users, of any size, with a stated share of each defect.

    python -m local.sample.users users.xlsx --rows 10000 --seed 1 --invalid 0.3

Nobody in them is real: names come from Faker, addresses end in the domains that are reserved for examples.
"""

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from faker import Faker
from openpyxl import Workbook

from etl.contract import COLUMNS
from etl.kinds import Age, Choice, Decimal, Email, Kind, Labels, Name, Text
from pipeline import private

Cell = str | int | float | None

GENDERS = {"F": ("femme", "F", "Femme"), "M": ("homme", "M", "Homme")}
LANGUAGES = ("français", "Français", "anglais", "espagnol", "allemand", "chinois", "arabe", "fr", "en")
MODES = ("vidéo", "texte", "pratique", "Vidéo")
LEVELS = ("bac", "licence", "master", "doctorat", "Licence", "Master", "autre")
PREDICTED = ("débutant", "intermédiaire", "avancé")
INTERESTS = (
    "Algèbre", "Analyse de données", "Android", "Anglais des affaires", "Architecture logicielle",
    "Bases de données", "Big data", "Blockchain", "C++", "Cloud", "Comptabilité", "Cryptographie",
    "Cybersécurité", "Design graphique", "DevOps", "Droit du travail", "Écologie", "Économie",
    "Entrepreneuriat", "Finance", "Gestion de projet", "Histoire de l'art", "Intelligence artificielle",
    "Internet des objets", "Java", "JavaScript", "Jeux vidéo", "Linux", "Marketing numérique", "Musique",
    "Photographie", "Physique", "Python", "Réalité virtuelle", "Réseaux", "Ressources humaines", "Robotique",
    "Statistiques", "Systèmes embarqués", "Visualisation",
)  # fmt: skip
DOMAINS = ("example.com", "example.net", "example.org")

BLANKS = (None, "", "   ")
BROKEN_EMAILS = (
    "{local}",
    "{local}@",
    "@{domain}",
    "{local}@localhost",
    "{local}@@{domain}",
    "{local} chez {domain}",
)
WORDS_FOR_AGES = ("vingt-deux", "trente", "quarante et un", 33.5)
IMPOSSIBLE_AGES = (-3, 0, 7, 15, 101, 130)
UNKNOWN_VALUES = {
    "gender": "martien",
    "preferred_language": "klingon",
    "learning_mode": "hypnose",
    "highest_academic_level": "ceinture noire",
}


@dataclass(frozen=True)
class Defects:
    """Share of rows (0-1) that carry each defect; each defect stands on rows of its own.

    duplicate_email: rows whose email a later valid row has, too, in another spelling.
    unknown_value: rows with one optional value that the contract does not know; they stay valid.
    """

    missing_name: float = 0.005
    missing_email: float = 0.005
    invalid_email: float = 0.01
    age_not_a_number: float = 0.005
    age_out_of_range: float = 0.005
    duplicate_email: float = 0.01
    unknown_value: float = 0.01

    @classmethod
    def rejecting(cls, share: float) -> "Defects":
        """Reject this share of rows (0-1), in equal parts for each reason; duplicates stay as by default."""
        part = share / 5
        return cls(part, part, part, part, part)


@dataclass(frozen=True)
class SampleCounts:
    """How many rows were written, and how many of them with each defect."""

    rows: int
    missing_name: int
    missing_email: int
    invalid_email: int
    age_not_a_number: int
    age_out_of_range: int
    duplicate_email: int
    unknown_value: int

    @property
    def rejected(self) -> int:
        """Rows that a rule refuses; duplicates are not among them."""
        return (
            self.missing_name
            + self.missing_email
            + self.invalid_email
            + self.age_not_a_number
            + self.age_out_of_range
        )

    @property
    def valid(self) -> int:
        """Rows that are loaded, those with an unknown optional value included."""
        return self.rows - self.rejected - self.duplicate_email


class Person(NamedTuple):
    """A name from Faker, as a cell and as the local part of an address; gender is F or M."""

    full_name: str
    local: str
    gender: str


def count_defects(rows: int, defects: Defects) -> SampleCounts:
    """Rows of each defect: share × rows, rounded.

    Raises ValueError when they do not fit, each on a row of its own.
    """
    counts = {name: round(share * rows) for name, share in asdict(defects).items()}
    spare = 1 if counts["duplicate_email"] else 0
    if min(counts.values()) < 0 or sum(counts.values()) + spare > rows:
        raise ValueError(
            f"{sum(counts.values())} rows with defects do not fit into {rows} rows, each on a row of its own"
            + (" and one valid row to duplicate. Lower a share." if spare else ". Lower a share.")
        )
    return SampleCounts(rows, **counts)


def users(rows: int, seed: int, defects: Defects) -> Iterator[tuple[Cell, ...]]:
    """Users, one tuple of cells a row in the order of `contract.COLUMNS`; the same seed, the same cells."""
    counts = count_defects(rows, defects)
    rng = random.Random(seed)  # noqa: S311 - sample data, not a secret
    people = rng.choices(_people(seed), k=rows)
    phones = _phones(seed)
    defect_at = _places(counts, rng)
    originals = _originals(rows, defect_at)
    for index, person in enumerate(people):
        cells = _clean_cells(person, index, phones, rng)
        match defect_at.get(index):
            case None:
                pass
            case "duplicate_email":
                original = originals[index]
                cells["email"] = f" {_address(people[original], original).upper()} "
            case defect:
                cells |= _defective_cells(defect, person, rng)
        yield tuple(
            cells[column.field] if column.field in cells else made_up(column.kind, rng) for column in COLUMNS
        )


def write_workbook(path: Path, *, rows: int, seed: int = 1, defects: Defects | None = None) -> SampleCounts:
    """Write a workbook of users with one sheet; returns how many rows of each defect stand in it."""
    defects = Defects() if defects is None else defects
    counts = count_defects(rows, defects)
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Utilisateurs")
    sheet.append([column.header for column in COLUMNS])
    for cells in users(rows, seed, defects):
        sheet.append(cells)
    private.make_folder(path.parent)
    private.create_file(path)
    workbook.save(path)
    return counts


def made_up(kind: Kind, rng: random.Random) -> Cell:
    """A cell for a column of which this module knows no more than its kind; one that is understood."""
    match kind:
        case Choice():
            return rng.choice([spelling for spellings in kind.spellings.values() for spelling in spellings])
        case Age():
            return rng.randint(kind.low, kind.high)
        case Decimal():
            return rng.randint(0, kind.high)
        case Text() | Labels():
            return rng.choice(INTERESTS)
        case Name() | Email():
            raise TypeError(f"{kind}: a person's own, and never made up alone")


def _people(seed: int) -> list[Person]:
    """Some thousand people: Faker takes too long to be asked once a row."""
    fake = Faker("fr_FR")
    fake.seed_instance(seed)
    firsts = [(fake.first_name_female(), "F") for _ in range(50)] + [
        (fake.first_name_male(), "M") for _ in range(50)
    ]
    lasts = [fake.last_name() for _ in range(80)]
    return [
        Person(f"{first} {last}", f"{_letters(first)}.{_letters(last)}", gender)
        for first, gender in firsts
        for last in lasts
    ]


def _phones(seed: int) -> list[str]:
    fake = Faker("fr_FR")
    fake.seed_instance(seed)
    return [fake.phone_number() for _ in range(2000)]


def _letters(name: str) -> str:
    """The name in plain lower-case letters: Éloïse → eloise."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", name).lower() if "a" <= letter <= "z")


def _address(person: Person, index: int) -> str:
    """An address that no other row has: the row's index is part of it."""
    return f"{person.local}{index}@{DOMAINS[index % len(DOMAINS)]}"


def _places(counts: SampleCounts, rng: random.Random) -> dict[int, str]:
    """The defect of each row that has one; never the last row when a duplicate may need it."""
    kinds = [kind.name for kind in fields(Defects) for _ in range(getattr(counts, kind.name))]
    places = range(counts.rows - 1 if counts.duplicate_email else counts.rows)
    return dict(zip(rng.sample(places, len(kinds)), kinds, strict=True))


def _originals(rows: int, defect_at: dict[int, str]) -> dict[int, int]:
    """For each duplicate the next row without a defect, whose email it repeats."""
    originals: dict[int, int] = {}
    clean = rows - 1
    for index in reversed(range(rows)):
        if index not in defect_at:
            clean = index
        elif defect_at[index] == "duplicate_email":
            originals[index] = clean
    return originals


def _clean_cells(person: Person, index: int, phones: list[str], rng: random.Random) -> dict[str, Cell]:
    return {
        "full_name": person.full_name,
        "age": rng.randint(16, 75),
        "gender": rng.choice(GENDERS[person.gender]),
        "email": _address(person, index),
        "phone": rng.choice(phones),
        "preferred_language": rng.choice(LANGUAGES),
        "learning_mode": rng.choice(MODES),
        "interests": ", ".join(rng.sample(INTERESTS, rng.randint(2, 3))),
        "highest_academic_level": rng.choice(LEVELS),
        "total_experience_years": rng.randint(0, 40),
        "predicted_level": rng.choice(PREDICTED),
    }


def _defective_cells(defect: str, person: Person, rng: random.Random) -> dict[str, Cell]:
    """The cells that make a row defective: one of them, whatever the defect."""
    match defect:
        case "missing_name":
            return {"full_name": rng.choice(BLANKS)}
        case "missing_email":
            return {"email": rng.choice(BLANKS)}
        case "invalid_email":
            broken = rng.choice(BROKEN_EMAILS)
            return {"email": broken.format(local=person.local, domain=rng.choice(DOMAINS))}
        case "age_not_a_number":
            return {"age": rng.choice(WORDS_FOR_AGES)}
        case "age_out_of_range":
            return {"age": rng.choice(IMPOSSIBLE_AGES)}
        case "unknown_value":
            return dict([rng.choice(list(UNKNOWN_VALUES.items()))])
    raise ValueError(
        f"{defect!r} is not a defect (known: {', '.join(kind.name for kind in fields(Defects))})"
    )


def main(
    path: Annotated[Path, typer.Argument(help="The .xlsx file to write.")],
    rows: Annotated[int, typer.Option(min=0, help="Number of users.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same cells.")] = 1,
    invalid: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of rows to be rejected (default: 0.03).")
    ] = None,
) -> None:
    """Write a workbook of made-up users."""
    defects = Defects() if invalid is None else Defects.rejecting(invalid)
    counts = write_workbook(path, rows=rows, seed=seed, defects=defects)
    shares = ", ".join(f"{name} {count}" for name, count in asdict(counts).items() if name != "rows")
    typer.echo(f"{path}: {counts.rows} users ({counts.valid} valid; {shares})")


if __name__ == "__main__":
    typer.run(main)
