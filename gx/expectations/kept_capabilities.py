"""`expect_capabilities_to_be_kept`: what could be searched and aggregated can be in the new index."""

from typing import Any, ClassVar

from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import COLUMNS, Seen, SentenceExpectation
from report.gate_report import Measure
from report.said import Said, joined, say

SHOWN_LOSSES = 20
FRENCH = {"searchable": "cherchable", "aggregatable": "agrégeable"}


class ExpectCapabilitiesToBeKept(SentenceExpectation):
    """Expect no field to be gone, of another type, or to be no more searchable or aggregatable.

    losses: one per field: `field`, `was` and `now`, such as `keyword, searchable, aggregatable`, or an empty
    text where there is no such field any more.
    Observed: those, at most `SHOWN_LOSSES` of them.
    """

    losses: list[dict[str, str]] = pydantic.Field(description="Fields with what they could and can do.")

    metric_dependencies: ClassVar[tuple[str, ...]] = (COLUMNS,)
    success_keys: ClassVar[tuple[str, ...]] = ("losses",)
    args_keys: ClassVar[tuple[str, ...]] = ("losses",)

    def reads(self) -> Columns | None:
        """None: what is lost was found before."""
        return frozenset()

    def look(self, metrics: dict[str, Any]) -> Seen:  # noqa: ARG002 - the losses were found before
        """The losses."""
        found = len(self.losses)
        return Seen(
            success=found == 0,
            sentence=_listed(self.losses),
            measure=Measure(found, high=0, unit="number"),
        )


def _listed(losses: list[dict[str, str]]) -> Said:
    if not losses:
        return say("no lost capability", "aucune capacité perdue")
    sentences = [_lost(**loss) for loss in losses[:SHOWN_LOSSES]]
    if more := len(losses) - len(sentences):
        sentences.append(say("and {more} more", "et {more} de plus", more=more))
    return joined(sentences)


def _lost(field: str, was: str, now: str) -> Said:
    before, after = _capabilities(was), _capabilities(now)
    if not now:
        return say(
            "{field}: was {before}, is gone",
            "{field} : était {before}, n’existe plus",
            field=field,
            before=before,
        )
    return say(
        "{field}: was {before}, is {after}",
        "{field} : était {before}, est {after}",
        field=field,
        before=before,
        after=after,
    )


def _capabilities(listed: str) -> Said:
    return Said(listed, ", ".join(FRENCH.get(word, word) for word in listed.split(", ")))
