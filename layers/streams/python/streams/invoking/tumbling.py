"""Tumbling windows: time cut in equal pieces, and a state that a function hands itself within one piece.

Source: AWS Lambda, "Implementing stateful Kinesis Data Streams processing in Lambda". A window ends when an entry of a
later one comes, or when its time is over; then the function is invoked once more, without records. The state is stored
in the step that acknowledges, so that a batch that comes again finds the state from before it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from streams.entry import Entry
from streams.invoking.outcome import text_of
from streams.json_text import dumps, loads
from streams.wire import StreamBatch, StreamRecord

STATE_BYTES_MAX = 1024 * 1024  # Lambda's own: a window whose state grows beyond it is ended early
_EPOCH_MS_MAX = 253_402_300_799_999  # the last moment that has a date; an event may tell any time, and an id be any


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A window under way: where it began, milliseconds since 1970-01-01 UTC, how long it is, and its state.

    The state is kept as JSON: every invocation gets an object of its own, which it may change and then fail.
    """

    start_ms: int
    length_s: int
    state: bytes = b"{}"

    @property
    def end_ms(self) -> int:
        """Where it ends, exclusive."""
        return self.start_ms + self.length_s * 1000

    @property
    def is_too_large(self) -> bool:
        """Whether the state is larger than a window's may be."""
        return len(self.state) > STATE_BYTES_MAX

    def batch(self, records: list[StreamRecord], *, final: bool = False) -> StreamBatch:
        """What the function is invoked with."""
        return {
            "Records": records,
            "window": {"start": _iso(self.start_ms), "end": _iso(self.end_ms)},
            "state": loads(self.state),
            "isFinalInvokeForWindow": final,
            "isWindowTerminatedEarly": final and self.is_too_large,
        }

    def after(self, answer: Mapping[str, Any] | None) -> "OpenWindow":
        """The window with the state that the function answered.

        Raises ValueError where there is none, as on Lambda, and where it is more than JSON can tell.
        """
        try:
            state = answer.get("state") if isinstance(answer, Mapping) else None
        except Exception as error:
            raise ValueError(f"the answer cannot be read: {_why(error)}") from error
        if not isinstance(state, dict):
            raise ValueError(f"with a tumbling window state is an object, not {type(state).__name__}")  # noqa: TRY004
        return replace(self, state=_written(state))

    def to_fields(self) -> dict[str, str]:
        """As a hash keeps it."""
        return {"start_ms": str(self.start_ms), "length_s": str(self.length_s), "state": self.state.decode()}

    @classmethod
    def from_fields(cls, fields: Mapping[bytes, bytes]) -> "OpenWindow | None":
        """Read what `to_fields` wrote; None where there is nothing."""
        if not fields:
            return None
        return cls(int(fields[b"start_ms"]), int(fields[b"length_s"]), fields[b"state"])


def window_start_ms(entry: Entry, length_s: int) -> int:
    """Where the window of an entry begins; an entry that does not tell its time belongs to the first there ever was.

    So does one of a time before 1970, or so late that the end of its window has no date.
    """
    length_ms = length_s * 1000
    start_ms = (entry.timestamp_ms or 0) // length_ms * length_ms
    return start_ms if 0 <= start_ms <= _EPOCH_MS_MAX - length_ms else 0


def _written(state: dict[Any, Any]) -> bytes:
    try:
        # It refuses what has no JSON; orjson writes some of that all the same: not-a-number as null, a date as text.
        json.dumps(state, allow_nan=False)
        return dumps(state).encode()
    except Exception as error:
        raise ValueError(f"the state cannot be kept: {_why(error)}") from error


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {text_of(error)}"


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
