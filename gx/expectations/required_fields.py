"""`expect_required_fields_in_every_document`: no document lacks a field that it must have."""

from typing import Any, ClassVar

import pandas as pd
from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import FRAME, Seen, SentenceExpectation, UnreadableCountsError, counts
from report.gate_report import Measure
from report.said import Said, joined, say


class ExpectRequiredFieldsInEveryDocument(SentenceExpectation):
    """Expect every document to have the required fields.

    required_fields: fields that must stand in the profile; those that it calls required itself count as well.
    Observed: `url missing in 3 of 20,000 documents`.
    """

    required_fields: list[str] = pydantic.Field(min_items=1, description="Fields of every document.")

    metric_dependencies: ClassVar[tuple[str, ...]] = (FRAME,)
    success_keys: ClassVar[tuple[str, ...]] = ("required_fields",)
    args_keys: ClassVar[tuple[str, ...]] = ("required_fields",)
    shown: ClassVar[str] = "Required fields that documents lack"

    def reads(self) -> Columns | None:
        """The field, whether it is required, and its counts."""
        return frozenset({"field", "required", "documents", "missing"})

    def look(self, metrics: dict[str, Any]) -> Seen:
        """Which required fields are missing, in how many documents. Rows: one per field."""
        profile, frame = counts(metrics, ["documents", "missing"]), metrics[FRAME]
        required = _required(frame) | frame["field"].isin(self.required_fields)
        failing = required & (profile["missing"] > 0)
        lacking = [
            say(
                "{field} missing in {missing:number} of {documents:document|documents}",
                "{field} absent de {missing:document|documents} sur {documents:number}",
                field=field,
                missing=missing,
                documents=documents,
            )
            for field, missing, documents in zip(
                frame["field"][failing],
                profile["missing"][failing],
                profile["documents"][failing],
                strict=True,
            )
        ]
        lacking += [
            say("{field} not looked at", "{field} non examiné", field=field)
            for field in self.required_fields
            if field not in set(frame["field"])
        ]
        return Seen(
            success=not lacking,
            sentence=joined(lacking) if lacking else _all_there(int(required.sum())),
            failing=failing,
            measure=Measure(len(lacking), high=0, unit="number"),
        )


def _all_there(fields: int) -> Said:
    return say(
        "all {fields:field|fields} in every document",
        "{fields:champ présent|champs présents} dans chaque document",
        fields=fields,
    )


def _required(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Which fields the profile calls required. Raises UnreadableCountsError when it does not say so."""
    for column in ("field", "required"):
        if column not in frame:
            raise UnreadableCountsError(f'The column "{column}" does not exist.')
        if frame[column].isna().any():
            raise UnreadableCountsError(f'The column "{column}" has an empty cell.')
    return frame["required"].astype("bool")
