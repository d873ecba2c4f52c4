"""The services of a stack: what starts them, and the ports and folders that they need."""

import sys
from pathlib import Path

from local.elasticsearch import service as elasticsearch
from local.monitoring import service as monitoring
from local.settings import StackSettings
from local.stack import postgres
from local.stack.preflight import NeededPort
from local.stack.supervision import Program


def programs(settings: StackSettings) -> tuple[Program, ...]:
    """The stack's services, in the order in which they start."""
    smtp = (
        *(sys.executable, "-m", "aiosmtpd", "--nosetuid", "--smtputf8"),
        *("--listen", f"127.0.0.1:{settings.smtp_port}"),
        *("--class", "aiosmtpd.handlers.Mailbox", str(settings.mail_folder)),
    )
    # Their log servers would listen on every interface; the UI reads the logs from the shared folder.
    quiet = "--skip-serve-logs"
    return (
        postgres.program(settings),
        Program("smtp", smtp, port=settings.smtp_port),
        *((elasticsearch.program(settings),) if settings.runs_elasticsearch else ()),
        Program("airflow-api-server", (airflow(), "api-server"), port=settings.ui_port),
        Program("airflow-dag-processor", (airflow(), "dag-processor")),
        Program("airflow-triggerer", (airflow(), "triggerer", quiet)),
        Program("airflow-scheduler", (airflow(), "scheduler", quiet)),
        *monitoring.services(settings),
    )


def needed_ports(settings: StackSettings) -> tuple[NeededPort, ...]:
    """The ports that must be free before the services start."""
    ports = (
        NeededPort(settings.ui_port, "Airflow UI", "LOCAL_UI_PORT"),
        NeededPort(settings.smtp_port, "mail server", "LOCAL_SMTP_PORT"),
        *monitoring.needed_ports(settings),
    )
    if not settings.runs_elasticsearch:
        return ports
    return (*ports, NeededPort(settings.elasticsearch_port, "Elasticsearch", "LOCAL_ELASTICSEARCH_PORT"))


def airflow() -> str:
    """Airflow's command, of the virtual environment that runs this."""
    return str(Path(sys.executable).with_name("airflow"))


def folders(settings: StackSettings) -> tuple[Path, ...]:
    """Every folder that must be there before the services start."""
    return (
        settings.root,
        settings.log_folder,
        settings.runtime_folder,
        settings.working_folder,
        settings.airflow_home / "plugins",
    )


def personal_folders(settings: StackSettings) -> tuple[Path, ...]:
    """Folders with personal data, which must be there, too."""
    return (
        settings.root / "ETL_users" / "replay",
        settings.root / "ETL_users" / "rejected",
        settings.root / "ingest" / "staging",
        settings.quality_path,
    )
