"""One check after the other, each told in a line and as metrics."""

import sys
import time
from collections.abc import Callable

from local.verify.findings import Result
from local.verify.measures import Measures

EXIT_INTERRUPTED = 130


def watch(
    look: Callable[[], Result],
    tell: Callable[[Result], None],
    measures: Measures,
    interval_s: float,
    expected_errors: tuple[type[Exception], ...],
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Look, tell and pause until Ctrl-C; returns the last round's exit code: 0 clean, 1 wrong or no answer.

    A round in which a server did not answer is told, and the next one is tried.
    """
    code = EXIT_INTERRUPTED
    try:
        while True:
            code = _round(look, tell, measures, expected_errors)
            pause(interval_s)
    except KeyboardInterrupt:
        return code


def _round(
    look: Callable[[], Result],
    tell: Callable[[Result], None],
    measures: Measures,
    expected_errors: tuple[type[Exception], ...],
) -> int:
    try:
        result = look()
    except expected_errors as error:
        print(f"recours: nothing could be verified: {error}", file=sys.stderr, flush=True)
        return 1
    measures.show(result)
    tell(result)
    return 0 if result.is_clean else 1
