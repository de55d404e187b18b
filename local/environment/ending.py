"""The last step of a process that runs a function, or has it run."""

import atexit
import os
import sys
import threading
import traceback
from collections.abc import Callable
from typing import NoReturn

from local.environment.log import log


def work_to_the_end(work: Callable[[], None], role: str, function: str, wrong: tuple[type[Exception], ...]) -> NoReturn:
    """Do what a process is for, and end it: with 0 where it returns, with 1 and a line in the log where it raises.

    `wrong` are the errors of who started it, told in a sentence; any other has its trace.
    """
    try:
        work()
    except wrong as error:
        log("error", f"the {role} cannot start", function=function, reason=str(error))
    except Exception as error:  # noqa: BLE001  the last word of this process: logged, and the exit code tells
        trace = "".join(traceback.format_exception(error))
        log("error", f"the {role} stopped", function=function, reason=str(error), trace=trace)
    else:
        end_process(0)
    end_process(1)


def run_exit_functions(seconds_max: float) -> None:
    """Run what the function registered with `atexit`, for so long at most. Lambda gives a function no such moment."""
    thread = threading.Thread(target=atexit._run_exitfuncs, name="ending", daemon=True)
    thread.start()
    thread.join(seconds_max)


def end_process(code: int) -> NoReturn:
    """End at once, whatever the other threads are doing: nobody can stop a thread."""
    # Not from the watchdog: the stuck invocation may be in the midst of a print, and hold the lock that flush needs.
    if threading.current_thread() is threading.main_thread():
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
