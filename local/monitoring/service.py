"""Monitoring as services of the stack: what is written before they start, and how each is started."""

import sys
from pathlib import Path

import yaml

from local.monitoring import programs
from local.settings import PROJECT, StackSettings
from local.stack.preflight import NeededPort
from local.stack.supervision import Program

FILES = PROJECT / "docker" / "monitoring"
VARIABLE = "LOCAL_MONITORING_PORT"


def services(settings: StackSettings) -> tuple[Program, ...]:
    """The services, on 127.0.0.1 only; none unless monitoring is wanted."""
    if not settings.monitoring:
        return ()
    ports = settings.monitoring_ports
    return (
        Program("metrics", (sys.executable, "-m", "metrics"), port=ports.exporter),
        Program("statsd-exporter", _statsd(settings), port=ports.statsd),
        Program("victoria-metrics", _store(settings), port=ports.store),
        Program("alertmanager", _alerts(settings), port=ports.alerts),
        Program("vmalert", _rules(settings), port=ports.rules),
    )


def needed_ports(settings: StackSettings) -> tuple[NeededPort, ...]:
    """The TCP ports that must be free before they start."""
    return tuple(
        NeededPort(program.port, program.name, VARIABLE) for program in services(settings) if program.port
    )


def prepare(settings: StackSettings) -> None:
    """Write what tells the store whom to ask, and make its folder."""
    folder(settings).mkdir(parents=True, exist_ok=True)
    ports = settings.monitoring_ports
    asked = {"inlearning": ports.exporter, "airflow": ports.statsd}
    jobs = [
        {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
        for job, port in asked.items()
    ]
    every = {"scrape_interval": f"{settings.monitoring_seconds}s"}
    (folder(settings) / "scrape.yml").write_text(yaml.safe_dump({"global": every, "scrape_configs": jobs}))


def variables(settings: StackSettings) -> dict[str, str]:
    """What the exporter and Alertmanager read, and what makes Airflow send its metrics."""
    if not settings.monitoring:
        return {}
    ports, every = settings.monitoring_ports, settings.monitoring_seconds
    return {
        "METRICS_PORT": str(ports.exporter),
        "ALERTMANAGER": str(programs.ALERTS.path),
        "ALERTMANAGER_CONFIG": str(folder(settings) / "alertmanager.yml"),
        "ALERTMANAGER_WAIT": f"{every}s",
        "ALERTMANAGER_INTERVAL": f"{2 * every}s",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(settings.smtp_port),
        "SMTP_FROM": "data-quality@example.org",
        "AIRFLOW__METRICS__STATSD_ON": "True",
        "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
        "AIRFLOW__METRICS__STATSD_PORT": str(ports.statsd),
        "AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED": "True",
        "AIRFLOW__METRICS__LEGACY_NAMES_ON": "False",
    }


def folder(settings: StackSettings) -> Path:
    """Everything that the monitoring keeps."""
    return settings.root / "monitoring"


def _statsd(settings: StackSettings) -> tuple[str, ...]:
    # The number of the UDP port may be that of the TCP one.
    at = f"127.0.0.1:{settings.monitoring_ports.statsd}"
    return (
        *(str(programs.STATSD.path), f"--web.listen-address={at}", f"--statsd.listen-udp={at}"),
        *("--statsd.listen-tcp=", f"--statsd.mapping-config={FILES / 'statsd.yml'}"),
    )


def _store(settings: StackSettings) -> tuple[str, ...]:
    return (
        *(str(programs.STORE.path), f"-httpListenAddr=127.0.0.1:{settings.monitoring_ports.store}"),
        *(f"-storageDataPath={folder(settings) / 'data'}", "-retentionPeriod=400d"),
        *(
            f"-promscrape.config={folder(settings) / 'scrape.yml'}",
            f"-vmui.customDashboardsPath={FILES / 'vmui'}",
        ),
        # New samples are shown at once: one store, no replicas that lag behind.
        *(
            "-search.latencyOffset=1s",
            f"-vmalert.proxyURL=http://127.0.0.1:{settings.monitoring_ports.rules}",
        ),
    )


def _alerts(settings: StackSettings) -> tuple[str, ...]:
    at = f"127.0.0.1:{settings.monitoring_ports.alerts}"
    return (
        *(str(FILES / "alertmanager"), f"--web.listen-address={at}", "--cluster.listen-address="),
        *(f"--storage.path={folder(settings) / 'alerts'}", f"--web.external-url=http://{at}"),
    )


def _rules(settings: StackSettings) -> tuple[str, ...]:
    ports = settings.monitoring_ports
    store = f"http://127.0.0.1:{ports.store}"
    return (
        *(
            str(programs.RULES.path),
            f"-httpListenAddr=127.0.0.1:{ports.rules}",
            f"-rule={FILES / 'rules.yml'}",
        ),
        *(f"-datasource.url={store}", f"-notifier.url=http://127.0.0.1:{ports.alerts}"),
        # As the store, and not half a minute behind it.
        "-rule.evalDelay=1s",
        # Alerts that wait survive a restart.
        *(f"-remoteWrite.url={store}", f"-remoteRead.url={store}"),
        *(f"-evaluationInterval={settings.monitoring_seconds}s", f"-external.url={store}"),
    )
