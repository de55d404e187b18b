"""What became of one resource."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

What: TypeAlias = Literal["created", "updated", "unchanged", "deleted", "left over"]


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the report."""

    kind: str
    """`function`, `layer`, `REST API`, …"""
    name: str
    """As the endpoint knows it."""
    what: What
    detail: str = ""
    """Which parts changed: `code, MemorySize`."""


Tell: TypeAlias = Callable[[Change], None]
"""Hears of each resource once it is as it should be."""


def change_of(kind: str, name: str, differences: list[str], *, exists: bool, detail: str = "") -> Change:
    """The row of a resource that was found, or was not, and differed in these parts."""
    if not exists:
        return Change(kind, name, "created", detail)
    return Change(kind, name, "updated" if differences else "unchanged", ", ".join(differences))
