"""A closed gate that a person may open: the run waits in Airflow, and the answer is bound to its evidence.

The gate's own task waits, as Airflow's `ApprovalOperator` does: in the state `awaiting_input`, which holds
neither a worker nor the triggerer. Only who may edit the run can answer; Airflow's audit log has each answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from pipeline.folder import checksum
from pipeline.messages import shown
from report.approval import Approval, Evidence, State, checksum_of
from report.said import Language
from report.words import word

if TYPE_CHECKING:
    from airflow.sdk import Context
    from sqlalchemy import Engine

    from report.gate_report import GateReport
    from report.settings import QualitySettings

APPROVE, REFUSE = "Approve", "Reject"
"""The options of Airflow's own `ApprovalOperator`, for which its UI has buttons."""
REASON = "reason"
METHOD = "answered"
"""The method of the gate that Airflow calls with the answer."""


@dataclass(frozen=True)
class Asked:
    """What Airflow keeps while the run waits. folder: of the verdict; until: ISO 8601, UTC."""

    folder: str
    batch: str
    verdict: str
    until: str


def wanted(choice: str, settings: "QualitySettings") -> bool:
    """Whether the run waits for a person. choice: `on`, `off`, or anything else for the setting."""
    return {"on": True, "off": False}.get(choice.strip().lower(), settings.approval)


def waiting(report: "GateReport", batch: str, *, hours: float) -> "GateReport":
    """The closed report, waiting for an answer from now on. batch: path or URL of the gate's file."""
    until = datetime.now(UTC) + timedelta(hours=hours)
    evidence = Evidence(batch=checksum(batch), verdict=checksum_of(report.to_dict()))
    return replace(report, approval=Approval("waiting", evidence, until.isoformat(timespec="seconds")))


def ask(report: "GateReport", context: "Context", *, language: Language) -> None:
    """Ask in the Airflow UI whether the run may go on; a reason is required."""
    from airflow.sdk import Param
    from airflow.sdk.execution_time.hitl import upsert_hitl_detail

    reason = Param(
        "",
        type="string",
        minLength=1,
        title=word("ask_reason", language),
        description=word("ask_reason_why", language),
    )
    upsert_hitl_detail(
        ti_id=context["ti"].id,
        options=[APPROVE, REFUSE],
        subject=word("ask_subject", language, gate=report.gate),
        body=_body(report, language),
        params={REASON: reason.serialize()},
    )


def park(report: "GateReport") -> NoReturn:
    """Leave the worker until somebody answers, or the time is over."""
    from airflow.sdk.exceptions import TaskAwaitingInput

    approval = _of(report)
    asked = Asked(report.folder, approval.evidence.batch, approval.evidence.verdict, approval.until)
    left = datetime.fromisoformat(asked.until) - datetime.now(UTC)
    raise TaskAwaitingInput(
        method_name=METHOD, kwargs={"asked": vars(asked)}, timeout=max(left, timedelta(seconds=1))
    )


def answer(engine: "Engine", event: Mapping[str, Any], asked: Asked, batch: str) -> "GateReport":
    """The report with what came of asking; still waiting when it was approved without a reason.

    event: as Airflow gives it to an `ApprovalOperator`. batch: path or URL of the gate's file.
    Raises GateMisuse when the verdict is gone.
    """
    from gx.errors import GateMisuse
    from report.history import report_at

    report = report_at(engine, asked.folder)
    if report is None:
        raise GateMisuse(f"the verdict {asked.folder} was deleted while the run waited for an answer to it")
    approval = Approval("unanswered", Evidence(asked.batch, asked.verdict), asked.until)
    if "error" not in event:
        approval = _answered(approval, event)
    if approval.state == "approved" and not approval.reason:
        return report
    if approval.state == "approved" and _evidence(report, batch) != approval.evidence:
        approval = replace(approval, state="outdated")
    return replace(report, passed=approval.state == "approved", approval=approval)


def why_closed(report: "GateReport") -> str:
    """What came of asking, in one line for the log and the mail."""
    approval = _of(report)
    by = approval.by or "somebody"
    match approval.state:
        case "refused":
            return f"Refused by {by}: {approval.reason or 'no reason given'}."
        case "outdated":
            return (
                f"Approved by {by}, but batch or verdict had changed by then. Clear the task: it looks again."
            )
        case _:
            return f"Nobody answered until {approval.until}."


def with_evidence(handover: Any, report: "GateReport") -> Any:
    """What the gate got, with the checksum of what was approved, for the next step to compare."""
    approved = _of(report).evidence.batch
    if not isinstance(handover, Mapping):
        return handover
    if isinstance(handover.get("gate"), Mapping):
        return {**handover, "gate": {**handover["gate"], "approved": approved}}
    return {**handover, "approved": approved}


def _answered(approval: Approval, event: Mapping[str, Any]) -> Approval:
    at = event["responded_at"].astimezone(UTC).isoformat(timespec="seconds")
    by = (event.get("responded_by_user") or {}).get("name") or ""
    reason = shown(" ".join(str((event.get("params_input") or {}).get(REASON) or "").split()))
    state: State = "approved" if list(event["chosen_options"]) == [APPROVE] else "refused"
    return replace(approval, state=state, by=str(by), at=at, reason=reason)


def _evidence(report: "GateReport", batch: str) -> Evidence | None:
    """What there is now; None when the file is gone."""
    try:
        return Evidence(checksum(batch), checksum_of(report.to_dict()))
    except FileNotFoundError:
        return None


def _of(report: "GateReport") -> Approval:
    if report.approval is None:
        raise ValueError(f"nobody was asked about {report.gate}")
    return report.approval


def _body(report: "GateReport", language: Language) -> str:
    """What the person decides on, in Markdown: each check that closes the gate, and its bound."""
    from report.told import value

    lines = []
    for outcome in report.critical:
        words, measure, bound = outcome.words(language), outcome.measure, outcome.approvable
        lines.append(f"- {words.description}: **{words.observed}**")
        if measure is not None and bound is not None:
            lines += [
                "  " + word(key, language, bound=value(limit, measure.unit, language))
                for key, limit in (("ask_down_to", bound.low), ("ask_up_to", bound.high))
                if limit is not None
            ]
    return "\n".join([*lines, "", word("ask_evidence", language, batch=_of(report).evidence.batch)])
