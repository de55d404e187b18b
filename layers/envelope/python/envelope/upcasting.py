"""Upcasters: pure functions from one version of a payload to the next, applied when an old event is read."""

from collections.abc import Callable, Mapping
from typing import Any

Upcaster = Callable[[Mapping[str, Any]], dict[str, Any]]


class UpcasterRegistry:
    """Knows, for each event type, the step from one schema version to the next."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, int], Upcaster] = {}

    def register(self, event_type: str, from_version: int) -> Callable[[Upcaster], Upcaster]:
        """Decorate the function that turns a payload of `from_version` into one of `from_version + 1`.

        Raises ValueError when that step is already known.
        """

        def add(step: Upcaster) -> Upcaster:
            if (event_type, from_version) in self._steps:
                raise ValueError(f"{event_type} already has an upcaster from version {from_version}")
            self._steps[event_type, from_version] = step
            return step

        return add

    def upcast(self, event_type: str, data: Mapping[str, Any], from_version: int, to_version: int) -> Mapping[str, Any]:
        """Apply every step in turn; the stored payload is not changed. Raises LookupError when a step is missing."""
        for version in range(from_version, to_version):
            data = self._steps[event_type, version](data)
        return data
