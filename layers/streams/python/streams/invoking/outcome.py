"""What came of an invocation, read from a handler's answer or its failure."""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from streams.entry import Entry
from streams.errors import FunctionError, ThrottledError

REPORTED = "ReportedFailure"
THROTTLED = "TooManyRequestsException"
TYPE_LENGTH_MAX = 1_000  # characters, as below: a server full of error texts takes no events
MESSAGE_LENGTH_MAX = 10_000
TRACE_LENGTH_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Failure:
    """Why entries were not done. A transient one says "not now"; a throttled one was not even given to the function.

    The texts are bounded (of a trace the end is kept), and hold nothing that cannot be written as UTF-8: a lone
    surrogate becomes its escape.
    """

    error_type: str
    message: str
    trace: str = ""
    transient: bool = False
    throttled: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "error_type", _writable(self.error_type[:TYPE_LENGTH_MAX])[:TYPE_LENGTH_MAX])
        object.__setattr__(self, "message", _writable(self.message[:MESSAGE_LENGTH_MAX])[:MESSAGE_LENGTH_MAX])
        object.__setattr__(self, "trace", _writable(self.trace[-TRACE_LENGTH_MAX:])[-TRACE_LENGTH_MAX:])


@dataclass(frozen=True, slots=True)
class Outcome:
    """The first `done` entries of the batch were done; `failure` is about the one after them, or about all the rest.

    `culprit_known` tells which: with a partial response the entry at `done` is the one that failed.
    """

    done: int
    failure: Failure | None = None
    culprit_known: bool = False


def read_answer(
    answer: object, entries: Sequence[Entry], *, partial_responses: bool, transient: frozenset[str]
) -> Outcome:
    """Read what a handler answered. One within this process may answer any object, also one that fails its reader.

    The lowest identifier reported is the checkpoint: what lies before it is done, it and all after it are not. No
    answer, `{}` and an empty or null list mean success. An identifier that is missing, null, empty or unknown means
    that the whole batch failed, since nobody can tell what it did. Source: AWS Lambda, "Configuring partial batch
    response with Kinesis Data Streams and Lambda".
    """
    try:
        return _read(answer, entries, partial_responses, transient)
    except Exception as error:  # noqa: BLE001 (the answer is the function's, and so is the failure)
        return _unreadable(f"the answer cannot be read: {type(error).__name__}: {text_of(error)}")


def _read(answer: object, entries: Sequence[Entry], partial_responses: bool, transient: frozenset[str]) -> Outcome:
    everything = Outcome(len(entries))
    if not partial_responses or not answer:
        return everything
    if not isinstance(answer, Mapping):
        return _unreadable(f"an answer is an object or nothing, not {type(answer).__name__}")
    failures = answer.get("batchItemFailures")
    if not failures:
        return everything
    if not isinstance(failures, Sequence) or isinstance(failures, str):
        return _unreadable("batchItemFailures is a list")
    return _from_failures(failures, entries, transient)


def _from_failures(failures: Sequence[Any], entries: Sequence[Entry], transient: frozenset[str]) -> Outcome:
    places = {entry.entry_id: place for place, entry in enumerate(entries)}
    reported: dict[int, Any] = {}
    for item in failures:
        identifier = item.get("itemIdentifier") if isinstance(item, Mapping) else None
        place = places.get(identifier) if isinstance(identifier, str) else None
        if place is None:
            return _unreadable(f"the handler reported {identifier!r}, an entry that it was not given")
        reported[place] = item.get("error")
    first = min(reported)
    failure = _reported_failure(reported[first], transient)
    # That everything from there on says "not now" tells of what the function needs, and of no entry.
    is_outage = failure.transient and len(reported) == len(entries) - first
    return Outcome(first, failure, culprit_known=not is_outage)


def _reported_failure(error: object, transient: frozenset[str]) -> Failure:
    if not isinstance(error, Mapping):
        return Failure(REPORTED, "the handler reported it among its batchItemFailures")
    error_type = str(error.get("errorType") or REPORTED)
    trace = error.get("stackTrace")
    text = "".join(map(str, trace)) if isinstance(trace, Sequence) else ""
    return Failure(error_type, str(error.get("errorMessage") or ""), text, error_type in transient)


def read_error(error: BaseException, transient: frozenset[str]) -> Outcome:
    """Read what an invocation raised: the whole batch failed."""
    if isinstance(error, ThrottledError):
        return Outcome(0, Failure(THROTTLED, text_of(error), transient=True, throttled=True))
    if isinstance(error, FunctionError):
        return Outcome(0, Failure(error.error_type, error.message, error.trace, error.error_type in transient))
    name = type(error).__name__
    return Outcome(0, Failure(name, text_of(error), _trace(error), name in transient))


def text_of(error: BaseException) -> str:
    """The error's own text, whatever its class does when it is asked for it."""
    try:
        return str(error)
    except Exception as why:  # noqa: BLE001 (a function's class may raise anything)
        return f"its text cannot be told: {type(why).__name__}"


def _trace(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error))
    except Exception as why:  # noqa: BLE001 (as above: of its notes and causes, too)
        return f"its trace cannot be told: {type(why).__name__}"


def _writable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _unreadable(why: str) -> Outcome:
    return Outcome(0, Failure("InvalidAnswer", why))
