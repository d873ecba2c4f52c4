"""`expect_required_fields_in_every_document`: no document lacks a field that it must have."""

from typing import Any, ClassVar

import pandas as pd
from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import FRAME, Seen, SentenceExpectation, UnreadableCountsError, counts
from report.wording import of_things


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
            f"{field} missing in {missing:,} of {of_things(documents, 'document')}"
            for field, missing, documents in zip(
                frame["field"][failing],
                profile["missing"][failing],
                profile["documents"][failing],
                strict=True,
            )
        ]
        lacking += [
            f"{field} not looked at" for field in self.required_fields if field not in set(frame["field"])
        ]
        sentence = "; ".join(lacking) or f"all {of_things(int(required.sum()), 'field')} in every document"
        return Seen(success=not lacking, sentence=sentence, failing=failing)


def _required(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Which fields the profile calls required. Raises UnreadableCountsError when it does not say so."""
    for column in ("field", "required"):
        if column not in frame:
            raise UnreadableCountsError(f'The column "{column}" does not exist.')
        if frame[column].isna().any():
            raise UnreadableCountsError(f'The column "{column}" has an empty cell.')
    return frame["required"].astype("bool")
