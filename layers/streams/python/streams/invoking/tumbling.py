"""Tumbling windows: time cut in equal pieces, and a state that a function hands itself within one piece.

Source: AWS Lambda, "Implementing stateful Kinesis Data Streams processing in Lambda". A window ends when an entry of a
later one comes, or when its time is over; then the function is invoked once more, without records. The state is stored
in the step that acknowledges, so that a batch that comes again finds the state from before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from streams.entry import Entry
from streams.json_text import dumps, loads
from streams.wire import StreamBatch, StreamRecord

STATE_BYTES_MAX = 1024 * 1024  # Lambda's own: a window whose state grows beyond it is ended early


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A window under way: where it began, milliseconds since 1970-01-01 UTC, how long it is, and its state."""

    start_ms: int
    length_s: int
    state: dict[str, Any]

    @property
    def end_ms(self) -> int:
        """Where it ends, exclusive."""
        return self.start_ms + self.length_s * 1000

    @property
    def is_too_large(self) -> bool:
        """Whether the state is larger than a window's may be."""
        return len(dumps(self.state).encode()) > STATE_BYTES_MAX

    def batch(self, records: list[StreamRecord], *, final: bool = False) -> StreamBatch:
        """What the function is invoked with."""
        return {
            "Records": records,
            "window": {"start": _iso(self.start_ms), "end": _iso(self.end_ms)},
            "state": self.state,
            "isFinalInvokeForWindow": final,
            "isWindowTerminatedEarly": final and self.is_too_large,
        }

    def after(self, answer: Mapping[str, Any] | None) -> "OpenWindow":
        """The window with the state that the function answered. Raises ValueError where there is none, as on Lambda."""
        state = answer.get("state") if isinstance(answer, Mapping) else None
        if not isinstance(state, dict):
            raise ValueError(f"with a tumbling window state is an object, not {type(state).__name__}")  # noqa: TRY004
        return OpenWindow(self.start_ms, self.length_s, state)

    def to_fields(self) -> dict[str, str]:
        """As a hash keeps it."""
        return {"start_ms": str(self.start_ms), "length_s": str(self.length_s), "state": dumps(self.state)}

    @classmethod
    def from_fields(cls, fields: Mapping[bytes, bytes]) -> "OpenWindow | None":
        """Read what `to_fields` wrote; None where there is nothing."""
        if not fields:
            return None
        return cls(int(fields[b"start_ms"]), int(fields[b"length_s"]), loads(fields[b"state"]))


def window_start_ms(entry: Entry, length_s: int) -> int:
    """Where the window of an entry begins; an entry that does not tell its time belongs to the first there ever was."""
    length_ms = length_s * 1000
    return (entry.timestamp_ms or 0) // length_ms * length_ms


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
