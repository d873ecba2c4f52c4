"""One search, as far as two answers to it can be compared."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

PLACEHOLDER = re.compile(r"\$[a-z_]+")
LARGEST = 100
"""Hits of one search that are compared."""
EXACT_TERMS = 10_000
"""Buckets that each shard hands in, unless the search says otherwise: with fewer, counts are estimates."""

SCORE = "_score"
HIGHEST_FIRST = (SCORE, {SCORE: "desc"}, {SCORE: {"order": "desc"}})
ORDERS_OF_THE_DISK = frozenset({"_doc", "_shard_doc"})
NOT_COMPARABLE = frozenset(
    (
        "boxplot",
        "diversified_sampler",
        "frequent_item_sets",
        "global",
        "median_absolute_deviation",
        "percentile_ranks",
        "percentiles",
        "random_sampler",
        "sampler",
        "significant_terms",
        "significant_text",
        "top_hits",
    )
)
"""Aggregations that estimate, that return documents, or that see those that are only on their way."""
BELOW = ("aggs", "aggregations")

Body = dict[str, Any]
Sorted = str | Body


class Strict(BaseModel):
    """A part of a file in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Search(Strict):
    """The body of a search. size, skipped: hits; `skipped` is `from` in a file."""

    query: Body | None = None
    post_filter: Body | None = None
    aggs: Body | None = Field(None, validation_alias=AliasChoices(*BELOW))
    sort: tuple[Sorted, ...] = ()
    size: int = Field(10, ge=0, le=LARGEST)
    skipped: int = Field(0, ge=0, alias="from")
    runtime_mappings: Body | None = None

    @field_validator("sort", mode="before")
    @classmethod
    def _one_or_several(cls, given: object) -> object:
        return [given] if isinstance(given, str | dict) else given

    @field_validator("sort")
    @classmethod
    def _an_order_to_compare(cls, sort: tuple[Sorted, ...]) -> tuple[Sorted, ...]:
        for place, each in enumerate(sort):
            fields = {each} if isinstance(each, str) else set(each)
            if len(fields) != 1:
                raise ValueError("one field an entry")
            if fields & ORDERS_OF_THE_DISK:
                raise ValueError("the order of the disk is not the same in any two indices")
            if SCORE in fields and (place or each not in HIGHEST_FIRST):
                raise ValueError(f"{SCORE} may only stand first, with the highest before the others")
        return sort

    @field_validator("aggs")
    @classmethod
    def _aggregations_to_compare(cls, aggs: Body | None) -> Body | None:
        for name, kind in _kinds(aggs or {}):
            if kind in NOT_COMPARABLE:
                raise ValueError(f"{name}: two answers of {kind} cannot be compared")
        return aggs

    @property
    def scored(self) -> bool:
        """Whether hits are returned, and stand in the order of their scores."""
        return self.size > 0 and (not self.sort or self.sort[0] in HIGHEST_FIRST)

    @property
    def texts(self) -> set[str]:
        """Every key and text in it, the names of fields among them, without their boosts."""
        return {text.split("^")[0] for text in _texts(self._fillable())}

    def filled(self, values: Mapping[str, Any]) -> "Search":
        """The same with values in the place of `$name`; each shard counts its terms in full."""
        put = {name: _put(part, values) for name, part in self._fillable().items()}
        return self.model_copy(update={**put, "aggs": _in_full(put["aggs"])})

    def _fillable(self) -> Body:
        return {name: getattr(self, name) for name in ("query", "post_filter", "aggs", "sort")}


class Query(Strict):
    """One search that the platform relies on.

    name: what reports call it. values: by a name, the field whose commonest value stands for `$name`.
    """

    name: str = Field(min_length=1, max_length=80)
    values: dict[str, str] = {}
    search: Search

    @model_validator(mode="after")
    def _no_unknown_value(self) -> "Query":
        named = {text[1:] for text in self.search.texts if PLACEHOLDER.fullmatch(text)}
        if unknown := sorted(named - self.values.keys()):
            raise ValueError(
                f"${unknown[0]} is none of its values ({', '.join(self.values) or 'it has none'})"
            )
        return self


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from (str(key), *_texts(inner))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _put(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and PLACEHOLDER.fullmatch(value):
        return values[value[1:]]
    if isinstance(value, Mapping):
        return {key: _put(inner, values) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_put(inner, values) for inner in value)
    return value


def _kinds(aggs: Body) -> Iterator[tuple[str, str]]:
    """Name and kind of each aggregation, those below another one too."""
    for name, definition in aggs.items():
        if not isinstance(definition, dict):
            raise ValueError(f"{name} is no aggregation")  # noqa: TRY004 - a validator's error
        for kind, inner in definition.items():
            if kind in BELOW and isinstance(inner, dict):
                yield from _kinds(inner)
            else:
                yield name, kind


def _in_full(aggs: Body | None) -> Body | None:
    if aggs is None:
        return None
    return {name: _counted_in_full(definition) for name, definition in aggs.items()}


def _counted_in_full(definition: Body) -> Body:
    made = {kind: _in_full(inner) if kind in BELOW else inner for kind, inner in definition.items()}
    if terms := made.get("terms"):
        made["terms"] = {"shard_size": max(EXACT_TERMS, terms.get("size", 0)), **terms}
    return made
