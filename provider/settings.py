"""Settings of the alerts, read from the environment when somebody asks for them, never at import."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AlertSettings(BaseSettings):
    """Who gets which mail. Every variable starts with `ALERT_`; see `.env.example`."""

    model_config = SettingsConfigDict(env_prefix="ALERT_", frozen=True)

    to: str = Field("data-team@example.org", min_length=3)
    """Recipients, separated by commas."""
    on: Literal["failure", "warning"] = "failure"
    """The mildest outcome that sends a mail."""
    attach_rejected: bool = False
    """Attach the rejected workbook, which holds personal data."""

    @property
    def recipients(self) -> list[str]:
        """The recipients, one an entry."""
        return [address.strip() for address in self.to.split(",") if address.strip()]
