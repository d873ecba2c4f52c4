"""Starts, watches and stops the stack's services through supervisord, over a unix socket."""

import os
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import psutil

from local.errors import LocalStackError
from local.settings import StackSettings
from local.stack.credentials import write_private
from local.stack.waiting import wait_until

ALIVE = frozenset({"STARTING", "RUNNING"})

MARKER = "INLEARNING_STACK"
"""Variable with the root of the stack, which supervisord and all that it starts have, and nobody else."""


@dataclass(frozen=True)
class Program:
    """One service.

    command: shell words; user: run as this system user, None: as whoever starts the stack.
    port: the TCP port on 127.0.0.1 that it listens on, None when it listens on none.
    """

    name: str
    command: tuple[str, ...]
    port: int | None = None
    user: str | None = None
    stop_signal: str = "TERM"


@dataclass(frozen=True)
class Service:
    """What a service does now. uptime: seconds since its start; pid and uptime are None when it is down."""

    name: str
    running: bool
    pid: int | None
    port: int | None
    uptime: float | None
    log: Path


class Supervisor:
    """supervisord with the programs of one stack."""

    def __init__(self, settings: StackSettings, programs: tuple[Program, ...]) -> None:
        self.settings = settings
        self.programs = programs
        self.socket = settings.runtime_folder / "supervisor.sock"
        self.variables: dict[str, Mapping[str, str]] = {}

    def log_path(self, name: str) -> Path:
        """The log file of a program."""
        return self.settings.log_folder / f"{name}.log"

    def start_daemon(self, environment: Mapping[str, str]) -> None:
        """Start supervisord, which starts no program by itself, and wait until it answers.

        Raises LocalStackError when it does not.
        """
        command = (sys.executable, "-m", "supervisor.supervisord", "-c", str(self._write_config()))
        done = subprocess.run(
            command,
            env={**environment, MARKER: str(self.settings.root)},
            cwd=self.settings.root,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 or not wait_until(self.is_running, seconds=15):
            raise LocalStackError(f"supervisord did not start: {(done.stderr or done.stdout).strip()[-500:]}")

    def set_variables(self, names: Collection[str], variables: Mapping[str, str]) -> None:
        """Give programs variables that were not known when supervisord started; stops those that run."""
        self.stop(*names)
        self.variables |= dict.fromkeys(names, variables)
        self._write_config()
        self._call("reloadConfig")
        for name in names:
            self._call("removeProcessGroup", name)
            self._call("addProcessGroup", name)

    def is_running(self) -> bool:
        """Whether supervisord answers on its socket."""
        try:
            self._call("getState")
        except (OSError, Fault):
            return False
        return True

    def pid(self) -> int:
        """Process id of supervisord itself."""
        return int(self._call("getPID"))

    def services(self) -> list[Service]:
        """One entry per program, in the order in which they start."""
        known = {info["name"]: info for info in self._call("getAllProcessInfo")} if self.is_running() else {}
        return [self._service(program, known.get(program.name, {})) for program in self.programs]

    def ended(self, names: Collection[str]) -> list[Service]:
        """The ones of these programs that ended without being told to."""
        failed = {i["name"] for i in self._call("getAllProcessInfo") if i["statename"] in {"EXITED", "FATAL"}}
        return [service for service in self.services() if service.name in failed.intersection(names)]

    def start(self, *names: str) -> None:
        """Start programs that are not running; does not wait for them to be ready."""
        alive = {service.name for service in self.services() if service.running}
        for name in names:
            if name not in alive:
                self._call("startProcess", name, False)

    def stop(self, *names: str) -> None:
        """Stop programs side by side and wait for their end."""
        running = {service.name for service in self.services() if service.running}
        for name in names:
            if name in running:
                self._call("stopProcess", name, False)
        wait_until(lambda: not running.intersection(names) & self._not_stopped(), seconds=30)

    def shut_down(self) -> None:
        """Stop every program, the last started first, then supervisord."""
        daemon = psutil.Process(self.pid())
        self._call("shutdown")
        daemon.wait(timeout=60)

    def config(self) -> ConfigParser:
        """The configuration file of supervisord."""
        config = ConfigParser(interpolation=None)
        config["unix_http_server"] = {"file": escaped(self.socket), "chmod": "0700"}
        config["supervisord"] = {
            "logfile": escaped(self.log_path("supervisord")),
            "logfile_maxbytes": "5MB",
            "logfile_backups": "1",
            "pidfile": escaped(self.settings.runtime_folder / "supervisord.pid"),
            "childlogdir": escaped(self.settings.log_folder),
        }
        if os.geteuid() == 0:
            config["supervisord"]["user"] = "root"
        factory = "supervisor.rpcinterface:make_main_rpcinterface"
        config["rpcinterface:supervisor"] = {"supervisor.rpcinterface_factory": factory}
        for priority, program in enumerate(self.programs, start=1):
            config[f"program:{program.name}"] = self._section(program, priority)
        return config

    def _write_config(self) -> Path:
        path = self.settings.root / "supervisord.conf"
        path.unlink(missing_ok=True)
        text = StringIO()
        self.config().write(text)
        # Variables of a program may be secrets.
        write_private(path, text.getvalue())
        return path

    def _section(self, program: Program, priority: int) -> dict[str, str]:
        section = {
            "command": " ".join(f'"{escaped(word)}"' for word in program.command),
            "directory": escaped(self.settings.working_folder),
            "priority": str(priority),
            "autostart": "false",
            # A service that dies stays down: `status` shows it, and its log ends with the reason.
            "autorestart": "false",
            "startretries": "0",
            "startsecs": "0",
            "stopsignal": program.stop_signal,
            "stopwaitsecs": "15",
            "stopasgroup": "true",
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": escaped(self.log_path(program.name)),
            "stdout_logfile_maxbytes": "10MB",
            "stdout_logfile_backups": "2",
        }
        own = self.variables.get(program.name, {})
        if own:
            section["environment"] = ",".join(f"{name}='{escaped(value)}'" for name, value in own.items())
        return section | ({"user": program.user} if program.user else {})

    def _service(self, program: Program, info: Mapping[str, Any]) -> Service:
        running = info.get("statename") in ALIVE
        return Service(
            name=program.name,
            running=running,
            pid=int(info["pid"]) if running else None,
            port=program.port,
            uptime=time.time() - float(info["start"]) if running else None,
            log=self.log_path(program.name),
        )

    def _not_stopped(self) -> set[str]:
        ended = {"STOPPED", "EXITED", "FATAL", "UNKNOWN"}
        return {info["name"] for info in self._call("getAllProcessInfo") if info["statename"] not in ended}

    def _call(self, method: str, *arguments: object) -> Any:
        from supervisor.xmlrpc import SupervisorTransport

        transport = SupervisorTransport(serverurl=f"unix://{self.socket}")
        with ServerProxy("http://localhost", transport=transport) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)


def escaped(value: object) -> str:
    """A value for supervisord's configuration, which expands `%`."""
    return str(value).replace("%", "%%")
