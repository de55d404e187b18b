"""One invocation of the function: the batch it is given, and what came of it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from streams.entry import Entry
from streams.invoking.outcome import Outcome, read_answer, read_error
from streams.json_text import dumps, loads
from streams.mapping import EventSourceMapping
from streams.wire import StreamBatch, StreamRecord

logger = logging.getLogger(__name__)

Invoke = Callable[[StreamBatch], Mapping[str, Any] | None]


class Invocation(Protocol):
    """What a lane does with a batch."""

    def invoke(self, entries: Sequence[Entry]) -> Outcome:
        """Hand the entries over. Never raises what the function raised: that is the outcome."""

    def acknowledge(self, entry_ids: Sequence[str]) -> None:
        """Tell the group that these are done. Raises redis.exceptions.RedisError."""


class PlainInvocation:
    """Each batch by itself."""

    def __init__(
        self, mapping: EventSourceMapping, invoke: Invoke, acknowledge: Callable[[Sequence[str]], None]
    ) -> None:
        self._mapping = mapping
        self._invoke = invoke
        self._acknowledge = acknowledge

    def invoke(self, entries: Sequence[Entry]) -> Outcome:
        """See Invocation."""
        outcome, _ = run(self._mapping, self._invoke, {"Records": to_records(entries, self._mapping)}, entries)
        return outcome

    def acknowledge(self, entry_ids: Sequence[str]) -> None:
        """See Invocation."""
        self._acknowledge(entry_ids)


def run(
    mapping: EventSourceMapping, invoke: Invoke, batch: StreamBatch, entries: Sequence[Entry]
) -> tuple[Outcome, Mapping[str, Any] | None]:
    """Invoke the function; return what came of it, and its answer where there is one.

    Raises KeyboardInterrupt alone: that is the person at the keyboard, and `sys.exit` is a function that failed.
    """
    try:
        answer = invoke(batch)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 (whatever failed, the batch comes again)
        outcome = read_error(error, mapping.transient_error_types)
        _log(mapping, outcome, entries)
        return outcome, None
    outcome = read_answer(
        answer, entries, partial_responses=mapping.partial_responses, transient=mapping.transient_error_types
    )
    if outcome.failure is not None:
        _log(mapping, outcome, entries)
    return outcome, answer


def to_records(entries: Sequence[Entry], mapping: EventSourceMapping) -> list[StreamRecord]:
    """The entries as the function sees them: what it changes in its own process stays with that invocation."""
    return [
        {
            "eventSource": "redis:streams",
            "eventID": entry.entry_id,
            "stream": mapping.stream,
            "group": mapping.group,
            "deliveryCount": entry.delivery_count,
            "event": _copy(entry.event),
        }
        for entry in entries
    ]


def _copy(event: dict[str, Any]) -> dict[str, Any]:
    """By way of JSON, which it came from: some 3 µs, where copy.deepcopy takes 13."""
    try:
        copied: dict[str, Any] = loads(dumps(event).encode())
    except (TypeError, ValueError, RecursionError):
        return event  # nested deeper than the writer goes, but not the reader: the function gets ours
    return copied


def _log(mapping: EventSourceMapping, outcome: Outcome, entries: Sequence[Entry]) -> None:
    failure = outcome.failure
    assert failure is not None
    facts: dict[str, object] = {"group": mapping.group, "entries": len(entries), "done": outcome.done}
    if entries:  # none where a window is closed
        facts |= {"entry_id": entries[outcome.done].entry_id, "key": entries[outcome.done].key}
    facts |= {"error_type": failure.error_type, "error": failure.message, "transient": failure.transient}
    if failure.trace and not failure.transient:  # what says "not now" says it often
        facts["trace"] = failure.trace
    logger.warning("the function failed", extra=facts)
