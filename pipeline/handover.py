"""What a step leaves for the steps behind it: frozen dataclasses here, plain JSON on the way.

A handover is nested: what came from an earlier step stands under a name of its own (`plan`, `checkpoints`),
so that nothing overwrites anything. Two parts mean the same wherever they stand: `gate` is what the next gate
looks at, `told` is what people are told of the step.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import TypeAdapter

Handover = TypeVar("Handover")


@dataclass(frozen=True)
class GateInput:
    """What a gate looks at.

    batch: path or fsspec URL of a Parquet file, or `postgres:<table>`, `table:<schema>.<table>`.
    facts: what its suite asks for besides the batch, as plain JSON values.
    approved: SHA-256 of the batch that a person let pass; empty: the gate was open by itself.
    """

    batch: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    approved: str = ""


@dataclass(frozen=True)
class Told:
    """What people are told of a step, in mail and summary.

    counts: rows, users or documents by name, in the order in which they are shown. notes: whole sentences.
    rejected_workbook: path of the workbook in which somebody can correct what was rejected.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    rejected_workbook: str | None = None


def as_json(handover: object) -> dict[str, Any]:
    """A handover as plain JSON values."""
    plain: dict[str, Any] = TypeAdapter(type(handover)).dump_python(handover, mode="json")
    return plain


def from_json(kind: type[Handover], data: Mapping[str, Any]) -> Handover:
    """The handover that `as_json` made `data` of.

    Raises pydantic's ValidationError when a part is missing or of another type.
    """
    return TypeAdapter(kind).validate_python(data)


def told(result: object) -> Told:
    """What a task told people; nothing when it returned no handover.

    result: the JSON that a task returned, whatever it is.
    """
    data = result.get("told") if isinstance(result, Mapping) else None
    return from_json(Told, data) if isinstance(data, Mapping) else Told()
