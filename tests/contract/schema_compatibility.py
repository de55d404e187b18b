"""What may change in a published JSON Schema of an event: a field may be added that need not be there. Nothing else.

Events are never rewritten, and readers of other teams hold the published schema: a field that is removed, renamed,
made stricter or looser, required or no longer so, breaks one or the other. That is a new schema version, with an
upcaster.
"""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

ANNOTATIONS = {"title", "description", "examples", "$comment", "deprecated"}
"""Keywords that say something to people and nothing to a validator."""


def incompatibilities(published: Schema, current: Schema) -> list[str]:
    """A sentence for each change that is not allowed, beginning with where it is; empty where all is well."""
    return list(_compare(published, current, published, current, "event"))


def _compare(old: Any, new: Any, old_root: Schema, new_root: Schema, where: str) -> Iterator[str]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            yield f"{where}: was {old!r}, is {new!r}"
        return
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    for keyword in sorted((set(old) | set(new)) - ANNOTATIONS - {"$defs", "$schema", "properties"}):
        yield from _compare_keyword(keyword, old, new, old_root, new_root, where)
    yield from _compare_properties(old, new, old_root, new_root, where)


def _compare_keyword(
    keyword: str, old: Schema, new: Schema, old_root: Schema, new_root: Schema, where: str
) -> Iterator[str]:
    before, after = old.get(keyword), new.get(keyword)
    if keyword == "required":
        yield from _compare_required(set(before or ()), set(after or ()), where)
    elif keyword in {"anyOf", "oneOf", "allOf", "prefixItems"} and before and after and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _compare(one, other, old_root, new_root, f"{where}.{keyword}[{index}]")
    elif keyword == "items":
        yield from _compare(before, after, old_root, new_root, f"{where}[]")
    elif before != after:
        yield f"{where}: {keyword} was {before!r}, is {after!r}"


def _compare_required(old: set[str], new: set[str], where: str) -> Iterator[str]:
    for name in sorted(new - old):
        yield f"{where}.{name}: is required now, which events already written may lack"
    for name in sorted(old - new):
        yield f"{where}.{name}: is no longer required, which readers rely on"


def _compare_properties(old: Schema, new: Schema, old_root: Schema, new_root: Schema, where: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name, schema in before.items():
        if name in after:
            yield from _compare(schema, after[name], old_root, new_root, f"{where}.{name}")
        else:
            yield f"{where}.{name}: is gone"


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Follow `$ref` into `$defs`, so that renaming a definition, which no event shows, is no change."""
    while "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        schema = {**root["$defs"][name], **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema
