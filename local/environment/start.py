"""The first and the last step of a process that runs a function."""

import os
import sys
import threading
import traceback
from pathlib import Path
from typing import NoReturn

from local.environment.handler import Handler, HandlerError, load_handler
from local.environment.log import log
from local.environment.prepare import prepare_process
from local.environment.settings import template_from
from local.template import Function, TemplateError


def load_function(template: Path, name: str) -> tuple[Function, Handler]:
    """Prepare this process for the function and import its handler. Ends the process where that cannot be done."""
    try:
        function = template_from(template).function(name)
        prepare_process(function)
        handler = load_handler(function.handler)
    except TemplateError as error:
        log("error", "the template cannot be run", reason=str(error))
        end_process(1)
    except HandlerError as error:
        log("error", str(error), function=name, trace="".join(traceback.format_exception(error.__cause__)))
        end_process(1)
    return function, handler


def end_process(code: int) -> NoReturn:
    """End at once, whatever the other threads are doing: nobody can stop a thread."""
    # Not from the watchdog: the stuck invocation may be in the midst of a print, and hold the lock that flush needs.
    if threading.current_thread() is threading.main_thread():
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
