"""`python -m tests.integration.streams_model.fork_server URL`: one child a line, each plays a scenario until it dies.

A fork of a process that has everything imported takes a few milliseconds where a new interpreter takes 300. A line on
standard input is `{"name", "scenario", "step"}`; the answer is the child's status as `waitpid` tells it: -9 where it
killed itself at that step, 0 where the scenario was over before it.
"""

import gc
import json
import logging
import os
import signal
import sys
import traceback
from typing import Any, NoReturn

from redis import Redis

from tests.integration.streams_model.fuse import Fuse, fused_client
from tests.integration.streams_model.stage import SCENARIOS, Stage


def main(url: str) -> None:
    """Serve until standard input ends."""
    logging.disable(logging.CRITICAL)
    gc.freeze()  # what is shared with the children stays shared: a collection in a child would copy it page by page
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _be_child(url, json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _be_child(url: str, request: dict[str, Any]) -> NoReturn:
    try:
        play(url, **request)
    except BaseException:  # noqa: BLE001  the last word of a child, which must never return into the server's loop
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def play(url: str, name: str, scenario: str, step: int) -> None:
    """Play the scenario with a client that takes the process with it at its `step`-th step."""
    fuse = Fuse(_kill_myself)
    fuse.set(step)
    Stage(Redis.from_url(url), name, SCENARIOS[scenario]).play(fused_client(url, fuse), "one")


def _kill_myself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])
