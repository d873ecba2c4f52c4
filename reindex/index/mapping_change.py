"""A change on purpose: how the target is to differ from the served index, as a file says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reindex.errors import MappingFileError
from reindex.index.blueprint import NESTED, Blueprint, Part, parts

TEMPLATES = "dynamic_templates"


@dataclass(frozen=True)
class MappingChange:
    """What a file says. file: its path.

    mappings: merged into the served mapping, field by field; null takes away. settings: by their full names;
    null takes away. removed: names of all that is taken away: paths of fields (with what is below them),
    `dynamic_templates.<name>`, settings such as `index.max_result_window`.
    """

    file: str
    mappings: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    removed: tuple[str, ...] = ()

    def says(self, path: str) -> bool:
        """Whether the field of this path is removed, or defined anew."""
        return _covered(path, self.removed) or path in set(_defined(self.mappings, ""))


def changed(served: Blueprint, change: MappingChange | None) -> Blueprint:
    """What the target is to be made of: the served blueprint with the change, if there is one."""
    if change is None:
        return served
    mapping = _merged_root(served.mapping, change.mappings)
    for name in change.removed:
        mapping = _without(mapping, name)
    settings = {**served.settings, **change.settings}
    kept = {
        name: value
        for name, value in settings.items()
        if value is not None and not _covered(name, change.removed)
    }
    return Blueprint(mapping, kept)


def refuse_unlisted(served: Blueprint, change: MappingChange) -> None:
    """Refuse a change that removes what it does not name, or what comes back by itself.

    Raises MappingFileError.
    """
    after = changed(served, change)
    gone = sorted({*parts(served)} - {*parts(after)})
    unlisted = [listed_as(part) for part in gone if not _covered(listed_as(part), change.removed)]
    if unlisted:
        raise MappingFileError(
            f"{change.file} removes {len(unlisted)} of what the served index has without naming it: "
            f"{', '.join(unlisted[:5])}{' …' if len(unlisted) > 5 else ''}. Add what is to go to its list "
            '"removed", or take the change out.'
        )
    back = [part.name for part in gone if part.kind == "field" and _comes_back(part.name, after.mapping)]
    if back:
        raise MappingFileError(
            f"{change.file} removes {', '.join(back[:5])}, and dynamic mapping would make it again from the "
            'documents. Say "dynamic": "false" for the object that holds it, or map it with "enabled" or '
            '"index": false instead.'
        )


def listed_as(part: Part) -> str:
    """The name by which the list `removed` means a part."""
    return f"{TEMPLATES}.{part.name}" if part.kind == "dynamic template" else part.name


def _covered(name: str, listed: tuple[str, ...]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in listed)


def _defined(definition: Mapping[str, Any], path: str) -> Iterator[str]:
    """Paths of the fields of which the file says more than what is below them."""
    for nested in (*NESTED, "runtime"):
        for name, body in definition.get(nested, {}).items():
            below = f"{path}.{name}" if path else name
            if body and not set(body) <= set(NESTED):
                yield below
            yield from _defined(body or {}, below)


def _merged_root(served: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    merged = _merged(served, {name: value for name, value in change.items() if name != "runtime"})
    if "runtime" in change:
        merged["runtime"] = _present({**served.get("runtime", {}), **change["runtime"]})
    return merged


def _merged(served: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A definition with a change merged in. One of another type keeps nothing but what is below it."""
    base = dict(served)
    if "type" in change and change["type"] != served.get("type", "object"):
        below = "properties" if change["type"] in {"object", "nested"} else "fields"
        base = {below: served[below]} if below in served else {}
    for name, value in change.items():
        if name in NESTED and value is not None:
            base[name] = _merged_fields(base.get(name, {}), value)
        else:
            base[name] = value
    return _present(base)


def _merged_fields(
    served: Mapping[str, Any], change: Mapping[str, Mapping[str, Any] | None]
) -> dict[str, Any]:
    merged = {
        name: None if body is None else _merged(served.get(name, {}), body) for name, body in change.items()
    }
    return _present({**served, **merged})


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _without(mapping: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A mapping without what this name of the list `removed` means."""
    left = _without_field(mapping, name)
    runtime = {each: body for each, body in mapping.get("runtime", {}).items() if not _covered(each, (name,))}
    if "runtime" in mapping:
        left["runtime"] = runtime
    if TEMPLATES in mapping:
        left[TEMPLATES] = [
            each for each in mapping[TEMPLATES] if not _covered(f"{TEMPLATES}.{next(iter(each))}", (name,))
        ]
    return left


def _without_field(definition: Mapping[str, Any], path: str) -> dict[str, Any]:
    left = dict(definition)
    for nested in NESTED:
        if nested in definition:
            left[nested] = {
                name: _without_field(body, path.removeprefix(f"{name}."))
                if path.startswith(f"{name}.")
                else body
                for name, body in definition[nested].items()
                if name != path
            }
    return left


def _comes_back(path: str, mapping: Mapping[str, Any]) -> bool:
    """Whether documents with this field would have it mapped again."""
    dynamic, definition, names = str(mapping.get("dynamic", "true")).lower(), mapping, path.split(".")
    for name in names[:-1]:
        below = definition.get("properties", {})
        if name not in below:
            return False
        definition = below[name]
        dynamic = str(definition.get("dynamic", dynamic)).lower()
    is_object = definition is mapping or definition.get("type", "object") in {"object", "nested"}
    return is_object and definition.get("enabled", True) is not False and dynamic in {"true", "runtime"}
