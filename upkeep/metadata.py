"""Airflow's old rows: runs, task instances, logs and XComs in its metadata database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pipeline import private
from pipeline.errors import RetriableError
from upkeep.airflow_command import airflow

TABLES = (
    "dag_run",
    "task_instance",
    "task_instance_history",
    "task_reschedule",
    "xcom",
    "log",
    "job",
    "trigger",
    "import_error",
    "callback",
    "asset_event",
)
"""What grows with every run. Airflow cleans what depends on these, too."""

CHECKED = re.compile(r"^Checking table (?P<table>\w+)\s+Found (?P<rows>\d+) rows", re.MULTILINE)


@dataclass(frozen=True)
class CleanedRows:
    """Rows that were deleted, or would be, by table. archived: whether they were kept as CSV files."""

    rows: Mapping[str, int] = field(default_factory=dict)
    archived: bool = False

    @property
    def total(self) -> int:
        """Rows of all tables."""
        return sum(self.rows.values())


def clean_metadata(
    url: str, *, older_than: datetime, archive: str = "", dry_run: bool = False
) -> CleanedRows:
    """Run `airflow db clean` on `TABLES`. The last run of each DAG stays, however old.

    url: SQLAlchemy URL of the metadata database. archive: folder for the deleted rows, as CSV; empty: they
    are not kept.

    Raises:
        RetriableError: a table could not be cleaned; the others are.
    """
    how = ["--dry-run"] if dry_run else [] if archive else ["--skip-archive"]
    told = airflow(
        url,
        *("db", "clean", "--yes", "--error-on-cleanup-failure"),
        *("--clean-before-timestamp", older_than.astimezone(UTC).isoformat()),
        *("--tables", ",".join(TABLES)),
        *how,
    )
    rows = {found["table"]: int(found["rows"]) for found in CHECKED.finditer(told)}
    missing = [table for table in TABLES if table not in rows]
    if missing:
        raise RetriableError(f"airflow db clean said nothing about {', '.join(missing)}: see what it prints.")
    if archive and not dry_run:
        _export(url, Path(archive))
    return CleanedRows({table: count for table, count in rows.items() if count}, bool(archive))


def _export(url: str, folder: Path) -> None:
    """Write what the cleaning put aside as CSV files, and drop those tables."""
    private.make_folder(folder)
    airflow(
        url,
        *("db", "export-archived", "--export-format", "csv", "--output-path", str(folder)),
        *("--drop-archives", "--yes", "--tables", ",".join(TABLES)),
    )
