"""Spans as our code sees them. These are none: what is done with them does nothing. `live` has those that are."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from envelope import Envelope

Value = str | int | float | bool


class Span:
    """Something that takes time, from `with` to its end. An exception that leaves it is its error, by type alone."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def answered(self, status: int) -> None:
        """The HTTP status of the answer."""

    def carried(self) -> dict[str, str]:
        """What tells whom we call, or what reads our events, where they belong: `traceparent` and `tracestate`."""
        return {}

    def stamp(self, events: "Sequence[Envelope]") -> "Sequence[Envelope]":
        """The events with this span in their metadata."""
        return events


class Batch:
    """The handling of records, from `with` to its end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def ended(self, failed: Mapping[str, Exception]) -> None:
        """The records are handled; `failed` has the errors by entry id."""


NO_SPAN = Span()
NO_BATCH = Batch()
