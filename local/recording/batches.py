"""An invoke, as a poller or a schedule has it, whose events become fixtures."""

from collections.abc import Callable
from pathlib import Path

import orjson

from local.environment.log import log
from local.environment.worker.frames import to_json
from local.recording.fixtures import write_fixture
from local.recording.functions import RECORDED_MAX
from local.runtime.contract import Outcome

Invoke = Callable[[object], object]


def recording(invoke: Invoke, folder: Path | None, function: str) -> Invoke:
    """The invoke, which writes its first 100 events and their answers to `folder`; itself where there is none.

    What the function raises is not recorded: the event comes again.
    """
    if folder is None:
        return invoke
    left = iter(range(RECORDED_MAX))

    def invoke_and_record(event: object) -> object:
        answer = invoke(event)
        if next(left, None) is not None:
            _record(folder, function, event, answer)
        return answer

    return invoke_and_record


def _record(folder: Path, function: str, event: object, answer: object) -> None:
    try:
        # As it went over the socket: what the function got, and not what became of our own objects since.
        write_fixture(folder, function, orjson.loads(to_json(event)), Outcome(to_json(answer)))
    except (OSError, ValueError, RecursionError) as error:
        log("error", "an invocation could not be recorded", function=function, reason=type(error).__name__)
