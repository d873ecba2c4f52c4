"""What a course is: its fields and their mapping, those that none may lack, and when two are the same."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import orjson

REQUIRED = ("url", "cours.titre")
"""Fields of every course."""
DESCRIPTION = "cours.description"
LEVEL = "cours.niveau"
LEVELS = ("Débutant", "Intermédiaire", "Avancé")
"""Everybody knows these; another one is a warning."""

_MAPPING = Path(__file__).with_name("courses.json")


def mapping() -> dict[str, Any]:
    """The mapping of an index that is made from nothing, as in courses.json; a rebuild keeps its own."""
    return cast("dict[str, Any]", json.loads(_MAPPING.read_text(encoding="utf-8")))


@cache
def fields() -> tuple[str, ...]:
    """Every field of a course by its path, such as `cours.titre`, in the order of the mapping."""
    return tuple(_leaves(mapping()))


def content(document: Mapping[str, Any]) -> bytes:
    """Id, routing, version and source of a search hit, or of a document that was asked for by its id.

    Two documents are the same when these bytes are: the order of keys and the spaces between do not count,
    but 1, 1.0 and true differ, which are equal in Python.
    """
    names = ("_id", "_routing", "_version", "_source")
    compared = [document.get(name) for name in names]
    try:
        return orjson.dumps(compared, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # What it does not take, and JSON does: whole numbers of more than 64 bits, half a surrogate pair.
        return json.dumps(compared, sort_keys=True).encode()


def _leaves(mapping: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name, definition in mapping["properties"].items():
        if "properties" in definition:
            yield from _leaves(definition, f"{path}{name}.")
        else:
            yield f"{path}{name}"
