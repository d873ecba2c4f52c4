"""Settings of the local stack: its ports, and the folders in which it keeps everything."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from pipeline.settings import Settings

PROJECT = Path(__file__).resolve().parent.parent
VAR = PROJECT / "var"

# A unix socket's address holds 108 bytes, its final zero included; supervisord and PostgreSQL add a suffix.
LONGEST_SOCKET_FOLDER = 108 - len("/supervisor.sock.4194304") - 1


class ElasticsearchSettings(Settings):
    """The Elasticsearch of the weekly reindex. Variables start with `ELASTICSEARCH_`; see `.env.example`."""

    model_config = SettingsConfigDict(
        env_prefix="ELASTICSEARCH_",
        env_file=PROJECT / ".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    host: str | None = Field(None, pattern=r"^https?://[^\s/:@]+(:\d+)?/?$")
    """Address of a cluster of one's own, such as `https://search.example.org:9200`; None: the stack's."""
    api_key: str = ""
    """Encoded API key of that cluster; empty: `user` and `password` log in."""
    user: str = ""
    password: str = ""
    ca_certs: Path | None = None
    """File with the certificate authority of that cluster; None: the system's."""
    index: str = Field("inlearning-storage", pattern=r"^[a-z0-9][a-z0-9_.-]*$")
    """The served name."""
    snapshot_repository: str = Field("inlearning-snapshots", min_length=1)
    mapping: Path | None = Field(None, alias="REINDEX_MAPPING")
    """File with a change of mapping or settings on purpose; None: they stay what they are."""
    platform_url: str = Field("", alias="LEARNING_PLATFORM_URL")
    """Health address of the learning platform; empty: nobody is asked."""


@dataclass(frozen=True)
class MonitoringPorts:
    """Ports on 127.0.0.1. statsd: TCP for who reads it, and UDP for Airflow, which sends there."""

    store: int
    alerts: int
    rules: int
    exporter: int
    statsd: int


class StackSettings(Settings):
    """One stack. Every variable starts with `LOCAL_`; see `.env.example`.

    Two stacks run side by side when their roots and their ports differ.
    """

    model_config = SettingsConfigDict(
        env_prefix="LOCAL_", env_file=PROJECT / ".env", extra="ignore", frozen=True
    )

    root: Path = VAR / "stack"
    """Folder of all state; `local clean` deletes it."""
    dags_folder: Path = PROJECT / "dags"
    """Folder that Airflow reads DAGs from."""
    users_path: Path | None = None
    """Workbook, folder or glob that scheduled runs read; None: `ETL_users/data.xlsx` under the root."""
    ui_port: int = Field(8082, ge=1024, le=65535)
    smtp_port: int = Field(1025, ge=1024, le=65535)
    elasticsearch_port: int = Field(9200, ge=1024, le=65535)
    elasticsearch: ElasticsearchSettings = Field(default_factory=ElasticsearchSettings)
    auth_manager: Literal["simple", "fab"] = "simple"
    """Who logs in: one login, or the accounts of the FAB auth manager, of which the first start makes one."""
    start_timeout: float = Field(120, gt=0)
    """Seconds to wait for a service to answer."""
    run_timeout: float = Field(600, gt=0)
    """Seconds to wait for a DAG run to end."""
    retry_delay: int = Field(30, ge=1)
    """Seconds before the first retry of a task; each further one waits twice as long."""

    monitoring: bool = False
    """Whether metrics are kept and watched, too."""
    monitoring_port: int = Field(8428, ge=1024, le=65531)
    """The first of five ports in a row: the store with its pages, alerts, rules, the two exporters."""
    monitoring_seconds: int = Field(15, ge=1)
    """Seconds between two looks at all figures and rules."""

    @field_validator("root", "dags_folder", "users_path")
    @classmethod
    def absolute(cls, path: Path | None) -> Path | None:
        """The path made absolute: services run in another working directory."""
        return path and path.expanduser().absolute()

    @property
    def monitoring_ports(self) -> "MonitoringPorts":
        """One port a service of the monitoring."""
        return MonitoringPorts(*(self.monitoring_port + place for place in range(5)))

    @property
    def ui_url(self) -> str:
        """Address of the Airflow UI as a person types it."""
        return f"http://localhost:{self.ui_port}"

    @property
    def log_folder(self) -> Path:
        """One log file per service: `var/log` for the default stack, `log` under any other root."""
        return VAR / "log" if self.root == VAR / "stack" else self.root / "log"

    @property
    def backup_folder(self) -> Path:
        """Backups, and the identity that opens them: `clean` leaves those of the default stack alone."""
        return (
            VAR / "backup" if self.root == VAR / "stack" else self.root.with_name(f"{self.root.name}-backup")
        )

    @property
    def runtime_folder(self) -> Path:
        """Folder of the unix sockets: under the root where its path is short enough for one."""
        inside = self.root / "run"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
            return inside
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"inlearning-{digest}"

    @property
    def postgres_data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.root / "postgres"

    @property
    def postgres_socket_folder(self) -> Path:
        """Folder of PostgreSQL's unix socket, its only address; one level deeper, as it has another owner."""
        return self.runtime_folder / "pg"

    @property
    def runs_elasticsearch(self) -> bool:
        """Whether the stack runs an Elasticsearch; otherwise somebody's own cluster is used."""
        return self.elasticsearch.host is None

    @property
    def elasticsearch_folder(self) -> Path:
        """Configuration, data, logs and snapshots of the stack's Elasticsearch."""
        return self.root / "elasticsearch"

    @property
    def credentials_path(self) -> Path:
        """The stack's secrets."""
        return self.root / "credentials.json"

    @property
    def airflow_home(self) -> Path:
        """Airflow's home: task logs, and nothing that a person edits."""
        return self.root / "airflow"

    @property
    def working_folder(self) -> Path:
        """Working directory of every service, which tells the stack's processes from all others."""
        return self.root / "work"

    @property
    def mail_folder(self) -> Path:
        """The Maildir that the SMTP server fills."""
        return self.root / "mail"

    @property
    def workbooks_path(self) -> Path:
        """What scheduled runs read (`ETL_USERS_PATH`)."""
        return self.users_path or self.root / "ETL_users" / "data.xlsx"

    @property
    def quality_path(self) -> Path:
        """Folder of the quality report (`QUALITY_PATH`)."""
        return self.root / "ingest" / "quality"
