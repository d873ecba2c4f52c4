"""Settings of the gates and their report, read from the environment when somebody asks, never at import."""

from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from pipeline.settings import Settings


class QualitySettings(Settings):
    """Where the report goes. Every variable starts with `QUALITY_`; see `.env.example`."""

    model_config = SettingsConfigDict(env_prefix="QUALITY_", frozen=True)

    path: str = Field("/ingest/quality", min_length=1)
    """Path or fsspec URL with `runs/`: a folder a verdict."""
    history_runs: int = Field(30, ge=7)
    """Recent runs that say what is usual; fewer than seven would say nothing."""
    keep_days: int = Field(400, ge=1)
    """Days after which a verdict is deleted: its row and its folder."""
    keep_runs: int = Field(1000, ge=1)
    """Verdicts of each gate that are kept at most; its last closed and its last open one stay anyway."""
    approval: bool = False
    """Whether a run waits for a person at a closed gate that may be approved."""
    approval_hours: float = Field(12, gt=0)
    """Hours that it waits; then the gate is closed."""
    database_url: str | None = Field(
        None, validation_alias=AliasChoices("QUALITY_DATABASE_URL", "ETL_DATABASE_URL")
    )
    """SQLAlchemy URL of the database with `quality_runs`, for the command line; Airflow has a connection."""
