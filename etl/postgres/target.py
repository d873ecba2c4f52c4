"""What a target is: the tables that users live in, told as data. The merge reads nothing else about them."""

from collections.abc import Mapping
from dataclasses import dataclass

from etl.contract import COLUMNS
from etl.kinds import Labels

STORED_FIELDS: tuple[str, ...] = tuple(c.field for c in COLUMNS if not isinstance(c.kind, Labels))
"""The fields that are columns of a target, in the contract's order."""


@dataclass(frozen=True)
class Part:
    """A table with at most one row a user.

    columns: by field of the contract, the column that holds it.
    dated: whether it has `created_at` and `updated_at`.
    blank: text columns of somebody else's that a new row leaves empty where they are NOT NULL.
    """

    table: str
    columns: Mapping[str, str]
    dated: bool = False
    blank: tuple[str, ...] = ()


@dataclass(frozen=True)
class Links:
    """The table of interests: one row per user and interest.

    owner: the table whose rows it belongs to, by a foreign key. column: what tells the interest.
    labels: the table that `column` refers to, with `label`; None: `column` is the label itself.
    """

    table: str
    owner: str
    column: str
    labels: str | None = None


@dataclass(frozen=True)
class Target:
    """The tables of a target.

    name: as `ETL_USERS_TARGET` has it. person: the table that everybody is in, with the email; its key is a
    uuid. satellites: tables that belong to it one to one; a row of theirs is made when what it requires is
    known.
    ours: whether we make the tables where they are absent, and may delete from them.
    """

    name: str
    person: Part
    satellites: tuple[Part, ...]
    links: Links
    ours: bool

    @property
    def facts(self) -> dict[str, object]:
        """What the gates are told of it: nothing where the tables are ours, as it always was."""
        return {} if self.ours else {"target": self.name}

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every table with at most one row a user, that of the persons first."""
        return (self.person, *self.satellites)


OWN = Target(
    name="own",
    person=Part("users", {field: field for field in STORED_FIELDS}, dated=True),
    satellites=(),
    links=Links("user_interests", owner="users", column="interest_id", labels="interests"),
    ours=True,
)

DJANGO = Target(
    name="django",
    person=Part(
        "users_person",
        {
            "full_name": "name",
            "age": "age",
            "gender": "gender",
            "email": "email",
            "phone": "phone",
            "predicted_level": "predicted_level",
        },
        blank=("profile_picture",),
    ),
    satellites=(
        Part(
            "users_preferences",
            {"preferred_language": "preferred_language", "learning_mode": "learning_mode"},
        ),
        Part("users_academicbackground", {"highest_academic_level": "highest_academic_level"}),
        Part("users_professionalbackground", {"total_experience_years": "total_experience_years"}),
    ),
    links=Links("users_interest", owner="users_preferences", column="name"),
    ours=False,
)
"""The tables of the learning platform, a Django application."""

TARGETS: Mapping[str, Target] = {target.name: target for target in (OWN, DJANGO)}
