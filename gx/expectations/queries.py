"""`expect_no_query_to_be`: searches of a platform are answered as before, as fast, and prove something."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import COLUMNS, Seen, SentenceExpectation
from report.gate_report import Example, Measure
from report.said import Said, joined, plain, say

Record = dict[str, Any]

NAMED = 5
NOTHING = say("nothing", "rien")

# Per fault: what is said of none, and the template of what is said of some.
NONE = {
    "different": Said("{queries:query|queries} answered alike", "{queries:requête|requêtes} de même réponse"),
    "unasked": Said("{queries:query|queries} asked", "{queries:requête posée|requêtes posées}"),
    "slower": Said(
        "no query takes over twice its time", "aucune requête ne prend plus du double de son temps"
    ),
}
SOME = {
    "different": Said(
        "{found:number} of {queries:query|queries} {differ}: {names}",
        "{found:requête diffère|requêtes diffèrent} sur {queries:number} : {names}",
    ),
    "unasked": Said(
        "{found:number} of {queries:query|queries} {prove} nothing: {names}",
        "{found:requête ne prouve|requêtes ne prouvent} rien sur {queries:number} : {names}",
    ),
    "slower": Said(
        "{found:number} of {queries:query|queries} {take} over twice the time: {names}",
        "{found:requête prend|requêtes prennent} plus du double du temps sur {queries:number} : {names}",
    ),
}
VERBS = ("differ", "prove", "take")
"""They follow the first number, not the one that they stand behind."""
WHY = {
    "no_value": Said(
        "not asked: the source has no value in {what}", "non posée : la source n’a aucune valeur dans {what}"
    ),
    "no_field": Said(
        "not comparable: the source has no field {what}", "non comparable : la source n’a pas de champ {what}"
    ),
    "refused": Said("the source refuses it already: {what}", "la source la refuse déjà : {what}"),
    "nothing": Said("nothing is found, in the source neither", "rien n’est trouvé, pas même dans la source"),
}
RETURNED = {
    "refused": Said(
        "{source:document|documents} in the source; the target refuses it: {target}",
        "{source:document|documents} dans la source ; la cible la refuse : {target}",
    ),
    "total": Said(
        "{source:document|documents} in the source, {target:number} in the target",
        "{source:document|documents} dans la source, {target:number} dans la cible",
    ),
    "value": Said(
        "{at}: {source} in the source, {target} in the target",
        "{at} : {source} dans la source, {target} dans la cible",
    ),
    "place": Said(
        "{at}place {place}: {source} in the source, {target} in the target",
        "{at}rang {place} : {source} dans la source, {target} dans la cible",
    ),
}


class ExpectNoQueryToBe(SentenceExpectation):
    """Expect no query to be answered differently by source and target, to prove nothing, or to be slower.

    queries: how many were asked. found: what is said of each query with the fault: its name (`query`), and
    - different: `differences` (a list of `kind`, `source`, `target`, `at`, `place`), `more` of them;
    - unasked: `why`, `what`;
    - slower: `source`, `target`, in milliseconds.
    Observed: `1 of 14 queries differs: facet by level`; by name what it returned on both sides.
    """

    fault: Literal["different", "unasked", "slower"] = pydantic.Field(description="What no query may be.")
    queries: int = pydantic.Field(ge=0, description="Queries that were asked.")
    found: list[Record] = pydantic.Field(description="The queries with the fault.")

    metric_dependencies: ClassVar[tuple[str, ...]] = (COLUMNS,)
    success_keys: ClassVar[tuple[str, ...]] = ("fault", "queries", "found")
    args_keys: ClassVar[tuple[str, ...]] = ("fault", "queries")
    shown: ClassVar[str] = "Queries"

    def reads(self) -> Columns | None:
        """None: the queries were asked before."""
        return frozenset()

    def look(self, metrics: dict[str, Any]) -> Seen:  # noqa: ARG002 - the queries were asked before
        """How many queries have the fault, and what is said of each."""
        return Seen(
            success=not self.found,
            sentence=_sentence(self.fault, self.queries, [str(each["query"]) for each in self.found]),
            measure=Measure(len(self.found), high=0, unit="number"),
            named=[_example(self.fault, each) for each in self.found],
        )


def _sentence(fault: str, queries: int, names: Sequence[str]) -> Said:
    none, some = NONE[fault], SOME[fault]
    if not names:
        return say(none.en, none.fr, queries=queries)
    shown, more = ", ".join(names[:NAMED]), len(names) - NAMED
    listed = say("{shown} and {more} more", "{shown} et {more} de plus", shown=shown, more=more)
    return say(
        some.en,
        some.fr,
        found=len(names),
        queries=queries,
        names=listed if more > 0 else plain(shown),
        **{verb: f"{verb}s" if len(names) == 1 else verb for verb in VERBS},
    )


def _example(fault: str, record: Mapping[str, Any]) -> Example:
    said = {"different": _returned, "unasked": _why, "slower": _times}[fault](record)
    return Example(place=str(record["query"]), value=said.en, french_value=said.fr)


def _returned(record: Mapping[str, Any]) -> Said:
    parts = [_difference(each) for each in record["differences"]]
    if more := record["more"]:
        parts.append(say("and {more} more", "et {more} de plus", more=more))
    return joined(parts)


def _difference(difference: Mapping[str, Any]) -> Said:
    kind, at = difference["kind"], difference["at"]
    words, counted = RETURNED[kind], kind in ("refused", "total")
    return say(
        words.en,
        words.fr,
        at=f"{at}, " if kind == "place" and at else at,
        place=difference["place"],
        **{side: difference[side] if counted else _shown(difference[side]) for side in ("source", "target")},
    )


def _shown(value: object) -> Said:
    if value is None:
        return NOTHING
    if isinstance(value, int | float):
        return say("{value:number}", "{value:number}", value=value)
    return plain(str(value))


def _why(record: Mapping[str, Any]) -> Said:
    words = WHY[record["why"]]
    return say(words.en, words.fr, what=record["what"])


def _times(record: Mapping[str, Any]) -> Said:
    return say(
        "{source:number} ms in the source, {target:number} ms in the target",
        "{source:number} ms dans la source, {target:number} ms dans la cible",
        source=record["source"],
        target=record["target"],
    )
