"""The file of REINDEX_MAPPING: read, and refused in one line when it is not what it should be."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reindex.errors import MappingFileError
from reindex.index.creatable import made_by_server
from reindex.index.mapping_change import TEMPLATES, MappingChange

KEYS = ("mappings", "settings", "removed")
FIELDS = ("properties", "fields", "runtime")
ROOT = ("properties", "runtime", TEMPLATES, "dynamic", "date_detection", "numeric_detection",
        "dynamic_date_formats", "subobjects")  # fmt: skip
EXAMPLE = '{"mappings": {"properties": {…}}, "settings": {…}, "removed": ["…"]}'


def read(path: str) -> MappingChange:
    """What the file says.

    Raises:
        MappingFileError: it is missing or broken, or has another shape.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise MappingFileError(
            f"REINDEX_MAPPING: {path} cannot be read ({reason}). Correct the path, or unset it to keep the "
            "served mapping as it is."
        ) from error
    except ValueError as error:
        raise MappingFileError(f"REINDEX_MAPPING: {path} is not JSON ({error}).") from error
    if wrong := next(_wrong(content), None):
        raise MappingFileError(f"REINDEX_MAPPING: {path}: {wrong}. Write {EXAMPLE}.")
    return MappingChange(
        file=path,
        mappings=content.get("mappings", {}),
        settings=dict(_flat(content.get("settings", {}))),
        removed=tuple(content.get("removed", ())),
    )


def _wrong(content: object) -> Iterator[str]:
    """What is wrong with the shape of the file, if anything is."""
    if not isinstance(content, dict):
        yield "it is no JSON object"
        return
    if unknown := sorted({*content} - {*KEYS}):
        yield f"unknown key {unknown[0]!r} (known: {', '.join(KEYS)})"
    mappings, settings = (content.get(key, {}) for key in KEYS[:2])
    removed = content.get("removed", [])
    if not isinstance(removed, list) or not all(isinstance(name, str) and name for name in removed):
        yield '"removed" is no list of names'
    if not isinstance(settings, dict):
        yield '"settings" is no JSON object'
    elif own := [name for name, _ in _flat(settings) if made_by_server(name)]:
        yield f"{own[0]} is not settled when an index is made"
    if not isinstance(mappings, dict):
        yield '"mappings" is no JSON object'
    else:
        yield from _wrong_mapping(mappings)


def _wrong_mapping(mappings: Mapping[str, Any]) -> Iterator[str]:
    if "_meta" in mappings:
        yield 'there is "_meta" in it, which comes from the served index'
    unknown = [name for name in mappings if name not in ROOT and not name.startswith("_")]
    if unknown:
        yield f'{unknown[0]!r} stands in "mappings": fields stand in its "properties"'
    templates = mappings.get(TEMPLATES, [])
    if not isinstance(templates, list) or not all(
        isinstance(each, dict) and [type(body) for body in each.values()] == [dict] for each in templates
    ):
        yield f'"{TEMPLATES}" is no list of objects with one name each'
    yield from _wrong_fields(mappings, "")


def _wrong_fields(definition: Mapping[str, Any], path: str) -> Iterator[str]:
    for key in FIELDS:
        below = definition.get(key)
        if below is not None and not isinstance(below, dict):
            yield f'"{key}" of {path or "the mapping"} is no JSON object'
            continue
        for name, body in (below or {}).items():
            full = f"{path}.{name}" if path else name
            if body is not None and not isinstance(body, dict):
                yield f"the field {full} is no JSON object"
            elif body:
                yield from _wrong_fields(body, full)


def _flat(settings: Mapping[str, Any], prefix: str = "index") -> Iterator[tuple[str, Any]]:
    """Settings by their full names, with values as the server says them; with and without `index` before."""
    for key, value in settings.items():
        bare = prefix == "index" and (key == "index" or key.startswith("index."))
        name = key if bare else f"{prefix}.{key}"
        if isinstance(value, dict):
            yield from _flat(value, name)
        else:
            yield name, [_text(each) for each in value] if isinstance(value, list) else _text(value)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
