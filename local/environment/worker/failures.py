"""Errors in the shape and the words in which Lambda tells them."""

import signal
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from local.environment.handler import HandlerError

EXIT_ERROR = "Runtime.ExitError"
TIMED_OUT = "Sandbox.Timedout"
_OWN_FOLDER = str(Path(__file__).parent.parent)


class Failure(TypedDict):
    """One failed invocation. `stackTrace` has the causes too, where Lambda's own has the last exception alone."""

    errorType: str
    errorMessage: str
    stackTrace: list[str]


def raised(error: BaseException) -> Failure:
    """What a handler raised, with its trace from the handler inwards."""
    told = traceback.TracebackException.from_exception(error)
    told.stack = traceback.StackSummary.from_list(
        [frame for frame in told.stack if not frame.filename.startswith(_OWN_FOLDER)]
    )
    return {"errorType": type(error).__name__, "errorMessage": str(error), "stackTrace": list(told.format())}


def not_loaded(error: HandlerError) -> Failure:
    """Why a handler cannot be loaded; HandlerError has Lambda's type before its first colon."""
    kind, _, message = str(error).partition(": ")
    trace = traceback.format_exception(error.__cause__) if error.__cause__ else []
    return {"errorType": kind, "errorMessage": message, "stackTrace": trace}


def unmarshalled(error: Exception) -> Failure:
    """A result that is not JSON."""
    message = f"Unable to marshal response: {error}"
    return {"errorType": "Runtime.MarshalError", "errorMessage": message, "stackTrace": []}


def timed_out(request_id: str, timeout_s: int, stack: str = "") -> Failure:
    """An invocation that took too long, with the stack at which it stood where that is known."""
    message = f"RequestId: {request_id} Error: Task timed out after {timeout_s}.00 seconds"
    return {"errorType": TIMED_OUT, "errorMessage": message, "stackTrace": stack.splitlines(keepends=True)}


def exited(request_id: str | None, returncode: int | None) -> Failure:
    """A process that ended without an answer. `returncode` as subprocess has it: negative for a signal."""
    before = f"RequestId: {request_id} " if request_id else ""
    message = f"{before}Error: Runtime exited {_how(returncode)}"
    return {"errorType": EXIT_ERROR, "errorMessage": message, "stackTrace": []}


def read_failure(value: object) -> Failure | None:
    """A failure that came in a frame; None where it has another shape."""
    if not isinstance(value, Mapping):
        return None
    kind, message, trace = (value.get(name) for name in ("errorType", "errorMessage", "stackTrace"))
    if not isinstance(kind, str) or not isinstance(message, str) or not isinstance(trace, list):
        return None
    return {"errorType": kind, "errorMessage": message, "stackTrace": [str(line) for line in trace]}


def _how(returncode: int | None) -> str:
    if not returncode:
        return "without providing a reason"
    if returncode < 0:
        return f"with error: signal: {(signal.strsignal(-returncode) or str(-returncode)).lower()}"
    return f"with error: exit status {returncode}"
