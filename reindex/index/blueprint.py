"""What an index is made of: its mapping and its settings, and in which parts two of them differ."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

NESTED = ("properties", "fields")
"""What holds further fields in the definition of one."""


@dataclass(frozen=True)
class Blueprint:
    """mapping: as the server says it, without `_meta`. settings: by their full names, with its values."""

    mapping: Mapping[str, Any]
    settings: Mapping[str, Any]


class Part(NamedTuple):
    """One part of a blueprint. kind: field, runtime field, dynamic template, setting, mapping (its root)."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Its name for people; that of a field is its path."""
        if self.kind in {"field", "setting"}:
            return self.name
        return f"{self.kind} {self.name}".strip()


Parts = Mapping[Part, Mapping[str, str]]
"""The attributes of each part, as JSON; that of a setting has no name."""


def parts(blueprint: Blueprint) -> Parts:
    """Every part of a blueprint; multi-fields, objects and aliases are fields."""
    mapping = blueprint.mapping
    templates = [item for each in mapping.get("dynamic_templates", ()) for item in each.items()]
    root = {name: value for name, value in mapping.items() if name not in _ROOT_PARTS}
    if len(templates) > 1:
        root["order of dynamic templates"] = [name for name, _ in templates]
    return {
        Part("mapping", ""): _attributes(root),
        **dict(_fields(mapping, "")),
        **{
            Part("runtime field", name): _attributes(body)
            for name, body in mapping.get("runtime", {}).items()
        },
        **{Part("dynamic template", name): _attributes(body) for name, body in templates},
        **{Part("setting", name): {"": _shown(value)} for name, value in blueprint.settings.items()},
    }


_ROOT_PARTS = ("properties", "runtime", "dynamic_templates", "_meta")


def _fields(definition: Mapping[str, Any], path: str) -> Iterator[tuple[Part, dict[str, str]]]:
    for nested in NESTED:
        for name, body in definition.get(nested, {}).items():
            below = f"{path}.{name}" if path else name
            own = {key: value for key, value in body.items() if key not in NESTED}
            yield Part("field", below), _attributes({"type": "object", **own})
            yield from _fields(body, below)


def _attributes(definition: Mapping[str, Any]) -> dict[str, str]:
    return {name: _shown(value) for name, value in definition.items()}


def _shown(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False).strip('"')


def changes(before: Blueprint, after: Blueprint) -> list[str]:
    """What is another way after than before, a line each; empty when nothing is.

    Such as `removed  cours.titre.keyword: type keyword, ignore_above 256` or
    `changed  cours.titre: analyzer standard → french`.
    """
    old, new = parts(before), parts(after)
    lines = []
    for part in sorted({*old, *new}):
        if part not in old:
            lines.append(f"added    {_described(part, new[part])}")
        elif part not in new:
            lines.append(f"removed  {_described(part, old[part])}")
        else:
            lines += [
                f"changed  {part}: {' '.join(filter(None, (name, was)))} → {now}"
                for name, was, now in _differing(old[part], new[part])
            ]
    return lines


class Difference(NamedTuple):
    """Where an index is not as planned. missing: the index lacks the whole part."""

    part: Part
    missing: bool
    line: str


def differences(planned: Blueprint, there: Blueprint) -> list[Difference]:
    """Where an index is not as planned: `cours.niveau type: keyword in the plan, text in the index`."""
    wanted, found = parts(planned), parts(there)
    listed = []
    for part in sorted({*wanted, *found}):
        if part not in found:
            line = f"{_described(part, wanted[part])} in the plan, nothing in the index"
            listed.append(Difference(part, missing=True, line=line))
        elif part not in wanted:
            line = f"{part}: nothing in the plan, {_value(found[part])} in the index"
            listed.append(Difference(part, missing=False, line=line))
        else:
            listed += [
                Difference(part, False, f"{f'{part} {name}'.strip()}: {was} in the plan, {now} in the index")
                for name, was, now in _differing(wanted[part], found[part])
            ]
    return listed


def _differing(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Name and both values of each attribute that differs."""
    for name in sorted({*old, *new}):
        was, now = old.get(name, "nothing"), new.get(name, "nothing")
        if was != now:
            yield name, was, now


def _described(part: Part, attributes: Mapping[str, str]) -> str:
    value = _value(attributes)
    return f"{part}: {value}" if value else str(part)


def _value(attributes: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}".strip() for name, value in sorted(attributes.items()))
