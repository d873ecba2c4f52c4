"""The copy: the server's own `_reindex`, started, watched, throttled, cancelled, and what it came to.

A copy carries the documents' versions and overwrites none of the same version: started again after a crash,
it adds what is missing. It has the run's `X-Opaque-Id`, by which a retry finds it while it runs.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from pipeline.errors import PipelineError, RetriableError
from reindex.client import BUSY, plain_errors
from reindex.errors import CopyError, CopyInterruptedError
from reindex.plan import Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

ACTION = "indices:data/write/reindex"
UNLIMITED = -1.0
HANDLED = ("created", "updated", "deleted", "version_conflicts", "noops")
CANCELLED = "task_cancelled_exception"
CANCEL_SECONDS = 60.0
FIELD = re.compile(r"field \[([^\]]+)\]|introduction of \[([^\]]+)\]|mapping for \[([^\]]+)\]")


@dataclass(frozen=True)
class Progress:
    """How far a copy is. total, done: documents; total is 0 until the server has counted them.

    seconds: since it began. per_second: documents, on average. seconds_left: None while nobody can tell.
    """

    total: int
    done: int
    seconds: float
    per_second: float
    seconds_left: float | None
    running: bool

    def describe(self) -> str:
        """Such as `120,000 of 300,000 documents (40 %), 8,000 a second, 23 s left`."""
        if not self.total:
            return f"the server copies ({self.seconds:.0f} s)" if self.running else "no documents"
        left = f", {self.seconds_left:,.0f} s left" if self.running and self.seconds_left is not None else ""
        share = f"{self.done:,} of {self.total:,} documents ({self.done / self.total:.0%})".replace("%", " %")
        return f"{share}, {self.per_second:,.0f} a second{left}"


@dataclass(frozen=True)
class Copying:
    """A copy that runs. task: the server's id of it. until: ISO time after which it has taken too long."""

    task: str
    until: str

    @property
    def late(self) -> bool:
        """It has taken too long."""
        return datetime.fromisoformat(self.until) <= datetime.now(UTC)


@dataclass(frozen=True)
class Copied:
    """A copy that ended well: documents in the source, written to the target, there before; seconds."""

    total: int
    created: int
    conflicts: int
    seconds: float


def start(
    client: "Elasticsearch",
    plan: Plan,
    *,
    requests_per_second: float = UNLIMITED,
    slices: int | Literal["auto"] = "auto",
) -> str:
    """Start the copy, or find the one of this run that still runs; returns the server's id of the task.

    requests_per_second: documents; -1: as many as the server can.
    """
    if found := running(client, plan.opaque_id):
        return found[0]
    with plain_errors(f"copy into {plan.target}"):
        # What was written before the checkpoints must be there for the copy to see.
        client.indices.refresh(index=plan.source)
        # Asked twice after a time-out, the server would copy twice.
        once = client.options(opaque_id=plan.opaque_id, max_retries=0)
        answer = once.reindex(
            source={"index": plan.source},
            dest={"index": plan.target, "version_type": "external"},
            conflicts="proceed",
            slices=slices,
            requests_per_second=requests_per_second,
            wait_for_completion=False,
        )
    return str(answer["task"])


def running(client: "Elasticsearch", opaque_id: str) -> list[str]:
    """Ids of the copies with exactly this `X-Opaque-Id` that run, without their slices."""
    with plain_errors(f"copies of {opaque_id}"):
        tasks = client.tasks.list(actions=ACTION, detailed=True, group_by="none")["tasks"]
    return [
        f"{task['node']}:{task['id']}"
        for task in tasks
        if "parent_task_id" not in task and task.get("headers", {}).get("X-Opaque-Id") == opaque_id
    ]


def progress(client: "Elasticsearch", task: str) -> Progress:
    """How far a copy is; of one that has ended, how far it came.

    Raises:
        CopyInterruptedError: the server does not know it (any more).
    """
    with plain_errors(f"task {task}"):
        slices = client.tasks.list(parent_task_id=task, actions=ACTION, detailed=True, group_by="none")
    return progress_of(_document(client, task), slices["tasks"])


def progress_of(document: Mapping[str, Any], slices: Sequence[Mapping[str, Any]] = ()) -> Progress:
    """The progress in what the server says about a task.

    document: from `tasks.get`. slices: the task's children, from `tasks.list`, asked for first: a slice that
    ends in between is in both then, and not in none. While a copy in slices runs, its own document counts
    those that have ended, and nothing of the others.
    """
    task = document["task"]
    status = task.get("status", {})
    ended = {part["slice_id"]: part for part in status.get("slices") or () if part and "slice_id" in part}
    # A slice has no number in its first moments.
    begun = [child["status"] for child in slices if "slice_id" in child.get("status", {})]
    parts = list({**{part["slice_id"]: part for part in begun}, **ended}.values()) or [status]
    counted = len(parts) >= len(status.get("slices") or ())
    total = sum(part.get("total", 0) for part in parts) if counted else 0
    done = sum(part.get(kind, 0) for part in parts for kind in HANDLED)
    seconds = task["running_time_in_nanos"] / 1e9
    per_second = done / seconds if seconds else 0.0
    left = (total - done) / per_second if per_second else None
    return Progress(total, done, seconds, per_second, left, running=not document["completed"])


def outcome(client: "Elasticsearch", plan: Plan, copying: Copying) -> Copied | None:
    """What came of a copy; None while it runs and has time left.

    Raises:
        CopyError: as `finish`, or it took too long and was cancelled.
        CopyInterruptedError, RetriableError: as `finish`.
    """
    seen = progress(client, copying.task)
    if not seen.running:
        return finish(client, plan, copying.task)
    if not copying.late:
        return None
    cancel(client, plan.opaque_id)
    raise CopyError(
        f"The copy into {plan.target} took longer than REINDEX_COPY_HOURS and was cancelled: "
        f"{seen.describe()}. Raise the limit, or requests_per_second."
    )


def finish(client: "Elasticsearch", plan: Plan, task: str) -> Copied:
    """What a copy that has ended came to.

    Raises:
        CopyInterruptedError: the server does not know it, or it was cancelled; the retry resumes it.
        CopyError: documents do not fit the mapping, it failed, or it does not add up.
        RetriableError: it still runs, or a node was busy or away; the retry resumes it.
    """
    document = _document(client, task)
    if document["task"].get("headers", {}).get("X-Opaque-Id") != plan.opaque_id:
        # Numbers of tasks begin anew when a server starts.
        raise _forgotten(task)
    if not document["completed"]:
        raise RetriableError(f"The copy into {plan.target} (task {task}) still runs.")
    return copied(plan, document)


def throttle(client: "Elasticsearch", opaque_id: str, requests_per_second: float) -> int:
    """Change the speed of the copies with this `X-Opaque-Id`; returns how many. -1: as fast as they can."""
    found = running(client, opaque_id)
    with plain_errors(f"copies of {opaque_id}"):
        for task in found:
            client.reindex_rethrottle(task_id=task, requests_per_second=requests_per_second)
    return len(found)


def cancel(client: "Elasticsearch", opaque_id: str) -> int:
    """Cancel the copies with this `X-Opaque-Id`; returns how many, when they write nothing any more."""
    found = running(client, opaque_id)
    with plain_errors(f"copies of {opaque_id}"):
        patient = client.options(ignore_status=404, request_timeout=CANCEL_SECONDS)
        for task in found:
            patient.tasks.cancel(task_id=task, wait_for_completion=True)
    return len(found)


def _document(client: "Elasticsearch", task: str) -> dict[str, Any]:
    """What the server says about a copy, running or ended. Raises CopyInterruptedError."""
    with plain_errors(f"task {task}"):
        answer = client.options(ignore_status=404).tasks.get(task_id=task)
    if answer.meta.status == 404 or answer["task"]["action"] != ACTION:
        raise _forgotten(task)
    return dict(answer.body)


def _forgotten(task: str) -> CopyInterruptedError:
    return CopyInterruptedError(
        f"The server does not know the copy {task} any more: it was restarted. The retry resumes the copy."
    )


def copied(plan: Plan, document: Mapping[str, Any]) -> Copied:
    """No error, no failure, not cancelled, not timed out, every document accounted for; else it raises.

    document: from `tasks.get`, of a task that has ended. Raises as `finish`.
    """
    answer = document.get("response") or {}
    if failures := answer.get("failures"):
        raise _refused(plan, failures)
    error = document.get("error") or {}
    # Cancelled while it searches, it has an error, of its search, and no response.
    if reason := answer.get("canceled") or (CANCELLED in str(error) and "while it read"):
        # Not by this run, which would not ask: by hand, or by a try that was cleared while this one began.
        raise CopyInterruptedError(
            f"The copy into {plan.target} was cancelled ({reason}). The retry resumes it; mark the task as "
            "failed to stop it."
        )
    if error:
        raise CopyError(f"The copy into {plan.target} failed: {_innermost(error)}. Nothing was swapped.")
    total, conflicts = int(answer["total"]), int(answer["version_conflicts"])
    created = int(answer["created"]) + int(answer.get("updated", 0))
    if answer["timed_out"] or created + conflicts != total:
        raise CopyError(
            f"The copy into {plan.target} {'timed out' if answer['timed_out'] else 'does not add up'}: "
            f"{created:,} created and {conflicts:,} there before, of {total:,} documents. "
            "Clear the task to resume it."
        )
    return Copied(total, created, conflicts, seconds=answer["took"] / 1000)


def _refused(plan: Plan, failures: Sequence[Mapping[str, Any]]) -> PipelineError:
    """One line on the documents that the server could not write (or read)."""
    busy = [failure for failure in failures if failure.get("status") in BUSY]
    first = (busy or failures)[0]
    reason = _innermost(first.get("cause") or first.get("reason") or {})
    if busy:
        return RetriableError(
            f"The copy into {plan.target} ended early: a node is busy or away ({first['status']}: {reason}). "
            "The retry resumes it."
        )
    if "id" not in first:
        return CopyError(
            f"The copy into {plan.target} could not read {plan.source}: {reason}. Nothing was swapped."
        )
    found = FIELD.search(str(first.get("cause")))
    field = f", field {next(name for name in found.groups() if name)}" if found else ""
    return CopyError(
        f"{len(failures):,} or more documents of {plan.source} do not fit into {plan.target}; the first: "
        f"document {first['id']}{field}: {reason}. Correct them in the source, or its mapping by "
        "REINDEX_MAPPING."
    )


def _innermost(cause: Mapping[str, Any]) -> str:
    """Reason of an error on one line, with the reason that it was caused by."""
    reasons = [str(cause.get("reason") or cause.get("type") or "no reason given")]
    while isinstance(inner := cause.get("caused_by"), Mapping):
        cause = inner
        reasons.append(str(cause.get("reason") or cause.get("type")))
    return " ".join(": ".join(dict.fromkeys((reasons[0], reasons[-1]))).split()).rstrip(".")
