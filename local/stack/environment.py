"""The environment of every process of the local stack: Airflow, its tasks and the command line."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from local.monitoring import service as monitoring
from local.settings import PROJECT, VAR, StackSettings
from local.stack.credentials import replace_private, stored_credentials

UI_USER = "admin"
UI_PASSWORD = "admin"  # noqa: S105 - the documented login of a stack that listens on 127.0.0.1 only
AUTH_MANAGERS = {
    "simple": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
    "fab": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
}
WATCH_USER = "watch"
"""By whom the DAGs ask Airflow about itself; it may read, and nothing else."""
METADATA_DATABASE = "airflow"
USERS_DATABASE = "elearning_db"

# Variables that a shell may hold and that would bend the stack: they are dropped, not inherited.
FOREIGN_PREFIXES = (
    *("AIRFLOW", "ETL_", "QUALITY_", "REINDEX_", "LEARNING_PLATFORM_"),
    *("POSTGRES_", "PG", "SMTP_", "ELASTICSEARCH_", "ES_", "CLI_JAVA_"),
)
ALERTS = {
    "ALERT_TO": "data-team@example.org",
    "ALERT_ROUTES": "",
    "ALERT_ON": "failure",
    "ALERT_REMINDER_DAYS": "7",
    "ALERT_LANGUAGE": "en",
    "ALERT_ATTACH_REJECTED": "false",
}

APPROVAL = {"QUALITY_APPROVAL": "off", "QUALITY_APPROVAL_HOURS": "12"}


def stack_environment(settings: StackSettings) -> dict[str, str]:
    """Every variable that the stack sets; makes the stack's secrets at the first call."""
    return {
        **airflow_core(settings),
        **airflow_services(settings),
        **connections(settings),
        **cluster_variables(settings),
        **product(settings),
        **monitoring.variables(settings),
        **upkeep(settings),
        **python(),
    }


def process_environment(settings: StackSettings, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables of `inherited` that cannot bend the stack, and the stack's own over them."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(FOREIGN_PREFIXES)}
    # Without byte code kept, each task would compile Great Expectations anew: seconds a task.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    scripts = str(Path(sys.executable).parent)
    own = {
        **stack_environment(settings),
        **{name: kept[name] for name in ALERTS if name in kept},
        **{name: inherited[name] for name in APPROVAL if name in inherited},
        **{name: value for name, value in kept.items() if name.startswith("UPKEEP_")},
        "PATH": os.pathsep.join((scripts, kept.get("PATH", os.defpath))),
    }
    return {**kept, **own}


def airflow_core(settings: StackSettings) -> dict[str, str]:
    """Folders, executor, secrets and login."""
    credentials = stored_credentials(settings.credentials_path)
    return {
        "AIRFLOW_HOME": str(settings.airflow_home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(settings.dags_folder),
        # Plugins come as an installed package; files of this folder would be loaded under their bare names.
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(settings.airflow_home / "plugins"),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Europe/Paris",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "AIRFLOW__CORE__FERNET_KEY": credentials.fernet_key,
        "AIRFLOW__CORE__AUTH_MANAGER": AUTH_MANAGERS[settings.auth_manager],
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{UI_USER}:admin,{WATCH_USER}:viewer",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords_file(settings)),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{settings.ui_port}/execution/",
        "AIRFLOW__API_AUTH__JWT_SECRET": credentials.jwt_secret,
        "AIRFLOW__API__SECRET_KEY": credentials.session_secret,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url(settings, METADATA_DATABASE),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(settings.airflow_home / "logs"),
    }


def airflow_services(settings: StackSettings) -> dict[str, str]:
    """Addresses, and the pauses that make short runs short."""
    return {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(settings.ui_port),
        "AIRFLOW__API__BASE_URL": settings.ui_url,
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": str(settings.retry_delay),
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        # A file that has changed is parsed at once all the same; each parse takes seconds of a core.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
        # The processor would keep the modules that it imported first, whatever is edited afterwards.
        "AIRFLOW__DAG_PROCESSOR__PARSING_PRE_IMPORT_MODULES": "False",
        # Airflow's services and tasks talk over the loopback: a proxy of the shell must stay out of it.
        "NO_PROXY": "localhost,127.0.0.1",
        "no_proxy": "localhost,127.0.0.1",
    }


def connections(settings: StackSettings) -> dict[str, str]:
    """The Airflow connections of the product's services."""
    socket = str(settings.postgres_socket_folder)
    postgres = {
        "conn_type": "postgres",
        "login": "postgres",
        # Both ways in which the hook connects: through psycopg2, and through an SQLAlchemy URL.
        "extra": {"host": socket, "sqlalchemy_query": {"host": socket}},
    }
    smtp = {
        "conn_type": "smtp",
        "host": "127.0.0.1",
        "port": settings.smtp_port,
        "extra": {
            "disable_tls": True,
            "disable_ssl": True,
            "from_email": "data-quality@example.org",
            "timeout": 10,
            "retry_limit": 1,
        },
    }
    api = {
        "conn_type": "http",
        "host": "127.0.0.1",
        "port": settings.ui_port,
        "login": WATCH_USER,
        "password": stored_credentials(settings.credentials_path).watch_password,
    }
    return {
        "AIRFLOW_CONN_AIRFLOW_API": json.dumps(api),
        "AIRFLOW_CONN_POSTGRES_DEFAULT": json.dumps({**postgres, "schema": USERS_DATABASE}),
        # Airflow's own database, which tasks are not given otherwise: for the maintenance.
        "AIRFLOW_CONN_AIRFLOW_METADATA": json.dumps({**postgres, "schema": METADATA_DATABASE}),
        "AIRFLOW_CONN_SMTP_DEFAULT": json.dumps(smtp),
    }


def cluster_variables(settings: StackSettings) -> dict[str, str]:
    """How the cluster is reached: the stack's own, or the one of `ELASTICSEARCH_HOST`.

    The stack's own has an API key only after its first start.
    """
    chosen = settings.elasticsearch
    host = chosen.host or f"http://127.0.0.1:{settings.elasticsearch_port}"
    login = {
        "ELASTICSEARCH_API_KEY": chosen.api_key,
        "ELASTICSEARCH_USER": chosen.user,
        "ELASTICSEARCH_PASSWORD": chosen.password if chosen.user else "",
        "ELASTICSEARCH_CA_CERTS": str(chosen.ca_certs.expanduser().absolute()) if chosen.ca_certs else "",
    }
    if settings.runs_elasticsearch:
        login = {"ELASTICSEARCH_API_KEY": stored_credentials(settings.credentials_path).elasticsearch_api_key}
    variables = {
        "ELASTICSEARCH_HOST": with_port(host),
        "ELASTICSEARCH_INDEX": chosen.index,
        "ELASTICSEARCH_SNAPSHOT_REPOSITORY": chosen.snapshot_repository,
        "REINDEX_MAPPING": str(chosen.mapping.expanduser().absolute()) if chosen.mapping else "",
        "LEARNING_PLATFORM_URL": chosen.platform_url,
        **login,
    }
    given = {name: value for name, value in variables.items() if value}
    return {**given, "AIRFLOW_CONN_ELASTICSEARCH_DEFAULT": elasticsearch_connection(given)}


def elasticsearch_connection(variables: Mapping[str, str]) -> str:
    """The Airflow connection, as JSON, to what `ELASTICSEARCH_` variables name."""
    address = urlsplit(variables["ELASTICSEARCH_HOST"])
    extra = {"api_key": "ELASTICSEARCH_API_KEY", "ca_certs": "ELASTICSEARCH_CA_CERTS"}
    login = {"login": "ELASTICSEARCH_USER", "password": "ELASTICSEARCH_PASSWORD"}
    connection = {
        "conn_type": "elasticsearch",
        "host": address.hostname,
        "port": address.port,
        "schema": address.scheme,
        **{key: variables[name] for key, name in login.items() if name in variables},
        "extra": {key: variables[name] for key, name in extra.items() if name in variables},
    }
    return json.dumps(connection)


def with_port(url: str) -> str:
    """An address with its port written out: without one it is the scheme's own, 443 or 80."""
    address = urlsplit(url)
    port = address.port or (443 if address.scheme == "https" else 80)
    return f"{address.scheme}://{address.hostname}:{port}"


def product(settings: StackSettings) -> dict[str, str]:
    """Settings of `etl`, `gx` and the alerts; `.env.example` says what each is."""
    return {
        "ETL_USERS_PATH": str(settings.workbooks_path),
        "ETL_USERS_TARGET": "own",
        "ETL_STAGING_URL": str(settings.root / "ingest" / "staging"),
        "ETL_REPLAY_PATH": str(settings.root / "ETL_users" / "replay"),
        "ETL_REJECTED_PATH": str(settings.root / "ETL_users" / "rejected"),
        "ETL_KEEP_QUARANTINE_DAYS": "90",
        "ETL_KEEP_STAGING_DAYS": "7",
        "ETL_SETTLE_SECONDS": "0.5",
        "ETL_MAX_COLUMNS": "1000",
        "ETL_MAX_CELLS": "20000000",
        "ETL_MAX_CHARACTERS": "2000000",
        "ETL_MAX_UNPACKED_MB": "2048",
        "ETL_READ_MEMORY_MB": "2048",
        "ETL_READ_SECONDS": "120",
        "ETL_DATABASE_URL": database_url(settings, USERS_DATABASE),
        "REINDEX_STAGING_URL": str(settings.root / "ingest" / "staging"),
        "REINDEX_KEEP_STAGING_DAYS": "7",
        "QUALITY_PATH": str(settings.quality_path),
        "QUALITY_HISTORY_RUNS": "30",
        "QUALITY_KEEP_DAYS": "400",
        "QUALITY_KEEP_RUNS": "1000",
        **APPROVAL,
        "GX_ANALYTICS_ENABLED": "false",
        **ALERTS,
    }


def upkeep(settings: StackSettings) -> dict[str, str]:
    """What is kept how long of what nobody looks at any more."""
    return {
        "UPKEEP_LOG_URLS": f"{settings.airflow_home / 'logs'},{settings.log_folder}",
        "UPKEEP_KEEP_LOG_DAYS": "30",
        "UPKEEP_KEEP_METADATA_DAYS": "30",
        "UPKEEP_BACKUP_URL": str(settings.backup_folder / "backups"),
        "UPKEEP_BACKUP_KEEP": "7",
        "UPKEEP_BACKUP_IDENTITY": str(settings.backup_folder / "identity.txt"),
        "UPKEEP_BACKUP_PATHS": ",".join(str(path) for path in backed_up(settings)),
        "UPKEEP_SCRATCH_PATH": str(settings.root / "scratch"),
    }


def backed_up(settings: StackSettings) -> tuple[Path, ...]:
    """The files and folders that are in each backup."""
    dotenv = PROJECT / ".env"
    return (settings.dags_folder, settings.credentials_path, *((dotenv,) if dotenv.exists() else ()))


def python() -> dict[str, str]:
    """Byte code goes under `var/`, never beside the sources; Airflow finds its settings module."""
    return {
        "PYTHONPATH": str(PROJECT / "provider" / "config"),
        "PYTHONPYCACHEPREFIX": str(VAR / "cache" / "pycache"),
        "PYTHONUNBUFFERED": "1",
    }


def database_url(settings: StackSettings, database: str) -> str:
    """SQLAlchemy URL of a database of the stack's PostgreSQL, over its unix socket."""
    socket = quote(str(settings.postgres_socket_folder), safe="/")
    return f"postgresql+psycopg2://postgres@/{database}?host={socket}"


def passwords_file(settings: StackSettings) -> Path:
    """The simple auth manager's password file, which is made when it is not there, or lacks a user."""
    path = settings.root / "passwords.json"
    watch = stored_credentials(settings.credentials_path).watch_password
    passwords = json.dumps({UI_USER: UI_PASSWORD, WATCH_USER: watch})
    if not path.exists() or path.read_text() != passwords:
        replace_private(path, passwords)
    return path
