"""Settings of the upkeep, read from the environment when somebody asks for them, never at import."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from pipeline.settings import Settings


class UpkeepSettings(Settings):
    """What is kept how long, and where backups go. Variables start with `UPKEEP_`; see `.env.example`."""

    model_config = SettingsConfigDict(env_prefix="UPKEEP_", frozen=True)

    log_urls: str = "/opt/airflow/logs"
    """Folders (or fsspec URLs) of logs of tasks and services, separated by commas."""
    keep_log_days: int = Field(30, ge=1)
    """Days after which a log file is deleted."""
    keep_metadata_days: int = Field(30, ge=1)
    """Days after which rows of Airflow's database are deleted."""
    archive_path: str = ""
    """Folder where the rows deleted there are kept as CSV files; empty: they are not."""

    @property
    def log_places(self) -> tuple[str, ...]:
        """Each folder or URL with logs."""
        return parts(self.log_urls)


def parts(text: str) -> tuple[str, ...]:
    """What stands between the commas of a setting."""
    return tuple(part for each in text.split(",") if (part := each.strip()))
