"""Settings of the alerts, read from the environment when somebody asks for them, never at import."""

from typing import Literal, TypeVar

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from pipeline.settings import Settings, WrongSettingsError
from report.said import ENGLISH, Language

Model = TypeVar("Model", bound=Settings)


class AlertSettings(Settings):
    """Who gets which mail. Every variable starts with `ALERT_`; see `.env.example`."""

    model_config = SettingsConfigDict(env_prefix="ALERT_", frozen=True)

    to: str = "data-team@example.org"
    """Recipients, separated by commas."""
    on: Literal["failure", "warning"] = "failure"
    """The mildest outcome that sends a mail."""
    language: Language = ENGLISH
    """Language of the mails."""
    routes: str = ""
    """Who gets what: path of a YAML file, or YAML itself; empty: everything goes to `to`."""
    reminder_days: float = Field(7, gt=0)
    """Days after which an incident that nobody has acknowledged is told again."""
    attach_rejected: bool = False
    """Attach the rejected workbook, which holds personal data."""

    @field_validator("to")
    @classmethod
    def _somebody(cls, to: str) -> str:
        addresses = [address.strip() for address in to.split(",") if address.strip()]
        if not addresses or not all("@" in address.strip("@") for address in addresses):
            raise ValueError("must be email addresses, separated by commas")
        return to

    @property
    def recipients(self) -> list[str]:
        """The recipients, one an entry."""
        return [address.strip() for address in self.to.split(",") if address.strip()]


def with_defaults(model: type[Model]) -> tuple[Model, tuple[str, ...]]:
    """The settings for a mail, which must come whatever is wrong but who gets it.

    Returns them, with the default where a value is wrong, and the lines of `WrongSettingsError`.

    Raises:
        WrongSettingsError: the recipients are wrong, and the default ones are nobody.
    """
    try:
        return model(), ()
    except WrongSettingsError as wrong:
        if model is AlertSettings and "to" in wrong.reasons:
            raise
        defaults = {name: model.model_fields[name].default for name in wrong.reasons}
        return model(**defaults), wrong.lines
