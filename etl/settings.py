"""Settings of the users flow, read from the environment when somebody asks for them, never at import."""

from datetime import time
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from etl.workbook.limits import USUAL, ReadLimits
from pipeline.settings import Settings


class UsersSettings(Settings):
    """Where the users flow reads and writes. Every variable starts with `ETL_`; see `.env.example`."""

    model_config = SettingsConfigDict(env_prefix="ETL_", frozen=True)

    users_path: str = Field("/ETL_users/data.xlsx", min_length=1)
    """A workbook, a folder of workbooks, or a glob."""
    users_due: time | None = None
    """Local hour by which a workbook of the day must have come; None: nobody waits for it."""
    users_target: Literal["own", "django"] = "own"
    """The tables that the users go to: our own, or those of the learning platform, a Django application."""
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
    max_columns: int = Field(USUAL.columns, ge=1)
    """Columns of one sheet, from its first to its outermost filled cell; a wider one is refused."""
    max_cells: int = Field(USUAL.cells, ge=1)
    """Cells of one sheet, from its first to its outermost filled cell, empty ones included."""
    max_characters: int = Field(USUAL.characters, ge=32_767)
    """Characters of one cell."""
    max_unpacked_mb: int = Field(USUAL.unpacked_mb, ge=1)
    """Megabytes of what is read of a workbook, once it is unpacked."""
    read_memory_mb: int = Field(USUAL.memory_mb, ge=64)
    """Megabytes that reading one workbook may take, in a process of its own."""
    read_seconds: int = Field(USUAL.seconds, ge=1)
    """Seconds that reading one workbook may take."""
    database_url: str | None = None
    """SQLAlchemy URL for the command line; in Airflow the connection `postgres_default` is used."""

    @property
    def read_limits(self) -> ReadLimits:
        """How much of a workbook is read at most."""
        return ReadLimits(
            columns=self.max_columns,
            cells=self.max_cells,
            characters=self.max_characters,
            unpacked_mb=self.max_unpacked_mb,
            memory_mb=self.read_memory_mb,
            seconds=self.read_seconds,
        )
