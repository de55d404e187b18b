"""What the next append relies on: the log's id, and that no type's stream is ahead of the stream of all events."""

from collections.abc import Iterator
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

from envelope import EVENT_TYPES
from local.verify.findings import Finding
from local.verify.log import KEYS, number_of


def compare_ends(redis: "Redis") -> Iterator[Finding]:
    """Read as one step, as an append is one: what differs is wrong, however busy the log is."""
    types = [KEYS.of_type(event_type) for event_type in EVENT_TYPES]
    pipeline = redis.pipeline(transaction=True)
    pipeline.mget(KEYS.log_id, KEYS.position)
    for key in (KEYS.all_events, *types):
        pipeline.xinfo_stream(key)
    (log_id, counter), end_of_all, *ends = pipeline.execute(raise_on_error=False)
    last = last_id(end_of_all) or "0-0"
    end = max(number_of(last), int(counter or 0))  # where these two differ, that is told by itself
    if end and not log_id:
        yield Finding("missing", "log", f"{KEYS.log_id} is not there: nothing can tell this log from another")
    yield from _judge(KEYS.all_events, last, end)
    for key, answer in zip(types, ends, strict=True):
        yield from _judge(key, last_id(answer) or "0-0", end)


def last_id(answer: Any) -> str | None:
    """The last id that a stream ever gave, by an answer of XINFO; None where there is no such key.

    Raises the ResponseError that the answer is, where the key is no stream.
    """
    if isinstance(answer, ResponseError) and "no such key" in str(answer):
        return None
    if isinstance(answer, Exception):
        raise answer
    found: bytes = answer["last-generated-id"]
    return found.decode()


def _judge(key: str, last: str, end: int) -> Iterator[Finding]:
    if not last.endswith("-0"):
        yield Finding("unexpected", "log", f"{key} ends at {last}, which no append gives")
    elif number_of(last) > end:
        yield Finding("unexpected", "log", f"{key} ends at {last}, the log at {end}: its type cannot be appended")
