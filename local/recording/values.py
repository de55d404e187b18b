"""JSON values of any shape: the shape stays, what is not known to be harmless goes."""

import json
from typing import Any

from local.recording.keys import Kind, has_large_numbers, kind_of
from local.recording.substitutes import Substitutes
from local.recording.texts import masked_code, masked_text

DEPTH_MAX = 100
LARGE = 1_000_000  # smaller numbers are quantities and places in a list; larger ones may be anybody's telephone


class Masker:
    """Masks the values of one event, alike wherever they stand."""

    def __init__(self, substitutes: Substitutes | None = None) -> None:
        self.substitutes = substitutes or Substitutes()

    def value(self, value: Any, name: str = "", depth: int = 0) -> Any:
        """A value that stands under a name; what stands in a list stands under the list's."""
        if depth > DEPTH_MAX:
            return None
        if isinstance(value, dict):
            return {self._name(each): self.value(item, each, depth + 1) for each, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, name, depth + 1) for item in value]
        if isinstance(value, str):
            return self.text(value, name, depth)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(value, name)
        return value

    def text(self, text: str, name: str = "", depth: int = 0) -> str:
        """A text under a name; one that is JSON itself keeps its shape."""
        if text[:1] in ("{", "["):
            try:
                inside = json.loads(text)
            except (ValueError, RecursionError):
                return self.substitutes.of(Kind.TEXT, text)
            return to_text(self.value(inside, name, depth + 1))
        return masked_text(text, kind_of(name), self.substitutes)

    def _name(self, name: str) -> str:
        """Names are data where somebody counts by address or by name."""
        return masked_code(name, self.substitutes)

    def _number(self, number: float, name: str) -> float:
        kind = kind_of(name)
        if kind is Kind.HIDDEN:
            return 0
        if kind is Kind.PHONE:
            return int(self.substitutes.of(kind, str(number)).removeprefix("+"))
        if abs(number) < LARGE or kind is Kind.HARMLESS or has_large_numbers(name):
            return number
        return LARGE


def to_text(value: Any) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
