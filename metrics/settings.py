"""Settings of the exporter, read from the environment when it starts."""

from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from pipeline.settings import Settings


class MetricsSettings(Settings):
    """Where the exporter listens, and what it reads. Every variable starts with `METRICS_`."""

    model_config = SettingsConfigDict(env_prefix="METRICS_", frozen=True)

    host: str = Field("127.0.0.1", min_length=1)
    """Address to listen on; whoever reaches it reads the names of DAGs, gates and checks."""
    port: int = Field(9108, ge=0, le=65535)
    """0: any that is free."""
    patience: int = Field(2, ge=1)
    """Seconds that connecting to the database, and each question to it, may take."""
    database_url: str | None = Field(
        None,
        validation_alias=AliasChoices("METRICS_DATABASE_URL", "QUALITY_DATABASE_URL", "ETL_DATABASE_URL"),
    )
    """SQLAlchemy URL of the database with `quality_runs`."""
