"""One check after the other, each told in a line and as metrics."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from local.verify.findings import Result
from local.verify.measures import Measures

EXIT_INTERRUPTED = 130


def watch(
    look: Callable[[], Result],
    tell: Callable[[Result], None],
    tell_error: Callable[[Exception], None],
    measures: Measures,
    interval_s: float,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Look, tell and pause until Ctrl-C or SIGTERM; returns the last round's exit code: 0 clean, 1 wrong or no answer.

    A round that could not look, because a server did not answer, is told, and the next one is tried.
    """
    code = EXIT_INTERRUPTED
    try:
        with _interrupted_by_signals():
            while True:
                code = _round(look, tell, tell_error, measures)
                pause(interval_s)
    except KeyboardInterrupt:
        return code


def _round(
    look: Callable[[], Result],
    tell: Callable[[Result], None],
    tell_error: Callable[[Exception], None],
    measures: Measures,
) -> int:
    try:
        result = look()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        tell_error(error)
        return 1
    measures.show(result)
    tell(result)
    return 0 if result.is_clean else 1


@contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """SIGTERM does what Ctrl-C does; so does SIGINT, which a shell has its background jobs ignore."""
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
