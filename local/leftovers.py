"""Processes of a stack that outlived its supervisor: found by their working directory, and ended."""

from collections.abc import Callable, Iterator

import psutil

from local.settings import StackSettings


def members(settings: StackSettings) -> list[psutil.Process]:
    """Every process whose working directory is the one that only this stack's services have."""
    return list(_members(settings))


def _members(settings: StackSettings) -> Iterator[psutil.Process]:
    own = (settings.working_folder, settings.postgres_data, settings.elasticsearch_folder / "logs")
    folders = {str(folder.resolve()) for folder in own}
    for process in psutil.process_iter():
        try:
            if process.cwd() in folders:
                yield process
        except psutil.Error:
            continue


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
