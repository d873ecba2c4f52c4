"""Settings of the users flow, read from the environment when somebody asks for them, never at import."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from pipeline.settings import Settings


class UsersSettings(Settings):
    """Where the users flow reads and writes. Every variable starts with `ETL_`; see `.env.example`."""

    model_config = SettingsConfigDict(env_prefix="ETL_", frozen=True)

    users_path: str = Field("/ETL_users/data.xlsx", min_length=1)
    """A workbook, a folder of workbooks, or a glob."""
    staging_url: str = Field("/ingest/staging", min_length=1)
    """Folder (or fsspec URL) with one folder a run."""
    replay_path: str = Field("/ETL_users/replay", min_length=1)
    """Folder where a person drops a corrected rejected workbook."""
    rejected_path: str = Field("/ETL_users/rejected", min_length=1)
    """Folder where `rejected-<run>.xlsx` is written."""
    keep_quarantine_days: int = Field(90, ge=1)
    """Days after which quarantined rows and rejected workbooks are deleted."""
    keep_staging_days: int = Field(7, ge=1)
    """Days after which the folder and the staging tables of a run are deleted."""
    settle_seconds: float = Field(2.0, ge=0)
    """Seconds over which a workbook's size and date must not change before it is read."""
    database_url: str | None = None
    """SQLAlchemy URL for the command line; in Airflow the connection `postgres_default` is used."""
