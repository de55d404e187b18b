"""`FilterCriteria` of a mapping: which records reach the function at all.

Source: "Control which events Lambda sends to your function" in the Lambda developer guide. Filters are OR-ed. A pattern
addresses the record that the handler would see: `{"event": {"event_type": ["ReclamationCreee"]}}`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from streams.filtering.pattern import compile_pattern
from streams.mapping.properties import PropertyError

FILTERS_MAX = 10  # Lambda's quota is 5, and 10 on request
PATTERN_LENGTH_MAX = 4096


@dataclass(frozen=True)
class FilterCriteria:
    """Patterns as they are written, compiled once. Without patterns every record matches."""

    patterns: tuple[str, ...] = ()
    _tests: Sequence[Callable[[Mapping[str, Any]], bool]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile. Raises PropertyError, with the path to the pattern that is none."""
        tests = tuple(_compiled(pattern, index) for index, pattern in enumerate(self.patterns))
        object.__setattr__(self, "_tests", tests)

    def matches(self, record: Mapping[str, Any]) -> bool:
        """Whether the record, `{"eventID", "stream", "group", "event", …}`, is one for the function."""
        tests = self._tests
        if not tests:
            return True
        for test in tests:  # noqa: SIM110  `any` over a generator takes twice as long, for every record
            if test(record):
                return True
        return False

    @classmethod
    def from_property(cls, value: Any) -> "FilterCriteria":
        """`{"Filters": [{"Pattern": "<json text>"}]}`. Raises PropertyError, with the path to what is wrong."""
        if not isinstance(value, Mapping) or not set(value) <= {"Filters"}:
            raise PropertyError(f"must be an object with Filters alone, not {value!r}")
        filters = value.get("Filters", [])  # `{}` is how filters are taken away
        if not isinstance(filters, list) or len(filters) > FILTERS_MAX:
            raise PropertyError(f"must be a list of at most {FILTERS_MAX} filters", ".Filters")
        return cls(tuple(_pattern(item, index) for index, item in enumerate(filters)))


def _pattern(item: Any, index: int) -> str:
    if not isinstance(item, Mapping) or set(item) != {"Pattern"}:
        raise PropertyError(f"must be an object with Pattern alone, not {item!r}", f".Filters[{index}]")
    pattern = item["Pattern"]
    if not isinstance(pattern, str) or not 0 < len(pattern) <= PATTERN_LENGTH_MAX:
        raise PropertyError(f"must be JSON text of 1 to {PATTERN_LENGTH_MAX} characters", _path(index))
    return pattern


def _compiled(pattern: str, index: int) -> Callable[[Mapping[str, Any]], bool]:
    try:
        return compile_pattern(pattern)
    except PropertyError as error:
        raise PropertyError(str(error), _path(index)) from None


def _path(index: int) -> str:
    return f".Filters[{index}].Pattern"
