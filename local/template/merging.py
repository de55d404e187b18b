"""`Globals`, merged into a resource as SAM does: mappings join, lists add up, and the resource's own scalar wins.

Source: the page "Globals section of the AWS SAM template".
"""

from collections.abc import Mapping

from local.template.intrinsics import is_intrinsic
from local.template.shapes import texts_of


def merge_globals(common: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """The properties of one resource: the globals' first, then its own over them."""
    merged = dict(common)
    for name, value in own.items():
        merged[name] = _merge(common[name], value) if name in common else value
    return merged


def without_ignored(common: Mapping[str, object], resource: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The globals but for those that the resource's `IgnoreGlobals` names; `*` means all. Raises TemplateError."""
    ignored = texts_of(resource.get("IgnoreGlobals"), f"{name}.IgnoreGlobals")
    return {} if "*" in ignored else {one: value for one, value in common.items() if one not in ignored}


def _merge(common: object, own: object) -> object:
    if is_intrinsic(common) or is_intrinsic(own):
        return own
    if isinstance(common, dict) and isinstance(own, dict):
        return merge_globals(common, own)
    if isinstance(common, list) and isinstance(own, list):
        return [*common, *own]
    return own
