"""Processes of a stack that outlived its supervisor: found by folder and environment, and ended."""

from collections.abc import Callable, Iterator, Mapping

import psutil

from local.settings import StackSettings
from local.stack.supervision import MARKER


def members(settings: StackSettings) -> list[psutil.Process]:
    """Every process that the stack started and that works in one of its folders.

    A person's shell in such a folder is none: it lacks the stack's marker.
    """
    return list(_members(settings))


def _members(settings: StackSettings) -> Iterator[psutil.Process]:
    own = (settings.working_folder, settings.postgres_data, settings.elasticsearch_folder / "logs")
    folders = {str(folder.resolve()) for folder in own}
    for process in psutil.process_iter():
        try:
            if process.cwd() in folders and _is_marked(process.environ()):
                yield process
        except psutil.Error:
            continue


def _is_marked(environment: Mapping[str, str]) -> bool:
    """Whether it is the environment of a process of the stack.

    PostgreSQL and Airflow write what they do over it, as their processes' titles: then nothing is left of it.
    """
    return MARKER in environment or "PATH" not in environment


def end_leftovers(settings: StackSettings, *, patience: float = 10) -> list[str]:
    """End what `members` finds, at first politely.

    patience: seconds between SIGTERM and SIGKILL. Returns `NAME (pid N)` for each.
    """
    found = {process.pid: (process, name_of(process)) for process in members(settings)}
    processes = [process for process, _ in found.values()]
    for process in processes:
        _ignoring_gone(process.terminate)
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        _ignoring_gone(process.kill)
    psutil.wait_procs(alive, timeout=patience)
    return [f"{name} (pid {pid})" for pid, (_, name) in found.items()]


def name_of(process: psutil.Process) -> str:
    """The process's name, `?` when it is gone."""
    try:
        return str(process.name())
    except psutil.Error:
        return "?"


def _ignoring_gone(action: Callable[[], None]) -> None:
    try:
        action()
    except psutil.NoSuchProcess:
        return
