"""The monitoring of the local stack without the stack: exporter, store, rules, alerts and a mailbox."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from sqlalchemy import Engine

from local.monitoring import programs, service
from local.settings import PROJECT, StackSettings
from local.show.mail import read_mails
from local.stack.supervision import Program
from local.stack.waiting import wait_until
from metrics.rules import RULES, Rule
from tests.stack import free_port, free_ports

SHORTER = {"[5m]": "[6s]", "[1h]": "[15s]"}
"""Windows of expressions, as a test can wait for them."""


@dataclass
class Watching:
    """Running services, by their names; the Airflow of which only the UDP packets are there."""

    settings: StackSettings
    environment: dict[str, str]
    programs: dict[str, Program]
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start one service, in the stack's own words."""
        log = (self.settings.root / f"{name}.log").open("ab")
        with log:
            self.running[name] = subprocess.Popen(
                self.programs[name].command, cwd=PROJECT, env=self.environment, stdout=log, stderr=log
            )

    def stop(self, name: str) -> None:
        """End one service."""
        process = self.running.pop(name)
        process.terminate()
        process.wait(30)

    def send(self, *lines: str) -> None:
        """What Airflow sends: UDP, whether anybody listens or not."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for line in lines:
                sender.sendto(line.encode(), ("127.0.0.1", self.settings.monitoring_ports.statsd))

    def series(self, expression: str) -> list[dict[str, Any]]:
        """What the store answers to an expression."""
        return answered(self.settings, expression)

    def subjects(self) -> set[str]:
        """Of the mails that have come."""
        return {mail.subject for mail in read_mails(self.settings.mail_folder)}


def answered(settings: StackSettings, expression: str) -> list[dict[str, Any]]:
    """The series that the store of a stack answers to an expression now."""
    answer = httpx.get(
        f"http://127.0.0.1:{settings.monitoring_ports.store}/api/v1/query",
        params={"query": expression},
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]["result"]
    return found


@contextmanager
def watching(engine: Engine, folder: Path) -> Iterator[Watching]:
    """Everything but the rules runs, looking every second; the rules wait for nothing."""
    programs.build()
    settings = StackSettings(
        root=folder,
        monitoring=True,
        smtp_port=free_port(),
        monitoring_port=free_ports(5),
        monitoring_seconds=1,
    )
    service.prepare(settings)
    rules = folder / "rules.yml"
    rules.write_text(yaml.safe_dump(shortened()))
    mail = ("-m", "aiosmtpd", "--nosetuid", "--smtputf8", "--listen", f"127.0.0.1:{settings.smtp_port}")
    box = Program(
        "smtp", (sys.executable, *mail, "--class", "aiosmtpd.handlers.Mailbox", str(settings.mail_folder))
    )
    found = {program.name: program for program in (box, *service.services(settings))}
    alerting = found["vmalert"]
    command = tuple(f"-rule={rules}" if word.startswith("-rule=") else word for word in alerting.command)
    found["vmalert"] = Program("vmalert", command)
    environment = {
        **os.environ,
        **service.variables(settings),
        "ALERT_TO": "data-team@example.org",
        "METRICS_DATABASE_URL": engine.url.render_as_string(hide_password=False),
    }
    watched = Watching(settings, environment, found)
    try:
        for name in found.keys() - {"vmalert"}:
            watched.start(name)
        assert wait_until(lambda: is_up(settings), seconds=30, every=0.2)
        yield watched
    finally:
        for name in list(watched.running):
            watched.stop(name)


def is_up(settings: StackSettings) -> bool:
    """Whether the store answers and has asked both exporters."""
    try:
        return [each["value"][1] for each in answered(settings, "up")] == ["1", "1"]
    except httpx.TransportError:
        return False


def short(expression: str) -> str:
    """The expression with shorter windows."""
    for long, brief in SHORTER.items():
        expression = expression.replace(long, brief)
    return expression


def shortened(rules: tuple[Rule, ...] = RULES) -> dict[str, Any]:
    """The rules of the file, without their waits and with shorter windows."""
    written = yaml.safe_load((service.FILES / "rules.yml").read_text())
    for rule in written["groups"][0]["rules"]:
        rule |= {"for": "0s", "expr": short(rule["expr"])}
    assert [rule["alert"] for rule in written["groups"][0]["rules"]] == [rule.name for rule in rules]
    return dict(written)
