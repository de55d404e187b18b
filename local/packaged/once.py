"""One invocation of a package, for a command: what `./recours invoke FUNCTION --packaged` does."""

import asyncio
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from local.environment.worker.frames import to_json
from local.packaged.factory import packaged_factory
from local.runtime.contract import InitFailedError, Invocation, Outcome
from local.runtime.log_file import LogFile
from local.runtime.metrics import FunctionMeasures
from local.runtime.slot import Slot
from local.template import Function

_END_S_MAX = 5.0


def invoke_package(function: Function, event: object, dist: Path) -> Outcome:
    """Invoke the function's package in `dist` once. Its log goes to standard error.

    Raises PackagingError, PackagedError, OSError.
    """
    return asyncio.run(_invoke(function, event, dist))


async def _invoke(function: Function, event: object, dist: Path) -> Outcome:
    with TemporaryDirectory(prefix="recours-invoke-") as folder:
        log = Path(folder) / "log"
        environment = packaged_factory(function, dist, os.environ)(function.name, log)
        slot = Slot(1, function.name, function, environment, LogFile(log), FunctionMeasures(function.name))
        try:
            await slot.prepare()
            invoked = await slot.invoke(Invocation(str(uuid4()), to_json(event)))
        except InitFailedError as error:
            return error.outcome
        finally:
            await environment.end(_END_S_MAX)
            slot.close()
            sys.stderr.write(log.read_text(errors="replace"))
    return invoked.outcome
