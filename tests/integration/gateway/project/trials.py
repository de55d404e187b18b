"""A function that does what it is asked to: well, badly, or until it is allowed to go on."""

import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

CALLS = 0  # of this process: what a warm environment remembers
KEPT: list[bytearray] = []


def handler(event: dict[str, Any], context: Any) -> object:
    """`?do=…` names the action; what it returns is the answer's body, as JSON unless it is text."""
    global CALLS
    CALLS += 1
    asked = event.get("queryStringParameters") or {}
    done = ACTIONS[asked.get("do", "tell")](asked, event, context)
    return {"statusCode": 200, "body": done if isinstance(done, str) else json.dumps(done)}


def tell(asked: dict[str, str], event: dict[str, Any], context: Any) -> object:
    """Who I am, and what I was given."""
    first_ms = context.get_remaining_time_in_millis()
    time.sleep(0.02)
    return {
        "pid": os.getpid(),
        "calls": CALLS,
        "marker": asked.get("marker"),
        "request_id": context.aws_request_id,
        "remaining_ms": [first_ms, context.get_remaining_time_in_millis()],
        "arn": context.invoked_function_arn,
        "variables": {name: value for name, value in os.environ.items() if name.startswith("AWS_")},
    }


def hold(asked: dict[str, str], _event: dict[str, Any], _context: Any) -> object:
    """Say that I have begun, by a file `begun-<gate>-<pid>`, and go on once the file `<gate>` is there."""
    folder, gate = Path(os.environ["FOLDER"]), asked["gate"]
    began_s = time.monotonic()
    begun = folder / f"begun-{gate}-{os.getpid()}"
    begun.touch()
    while not (folder / gate).exists():
        time.sleep(0.01)
    begun.unlink()
    return {"pid": os.getpid(), "from_s": began_s, "to_s": time.monotonic()}


def sleep(asked: dict[str, str], _event: dict[str, Any], _context: Any) -> object:
    time.sleep(float(asked["s"]))
    return {"pid": os.getpid()}


def say(asked: dict[str, str], _event: dict[str, Any], _context: Any) -> object:
    """Print a line, and the start of one on standard error."""
    print(asked["words"])
    print("and", asked["words"], "without an end", end="", file=sys.stderr)
    return {}


def body(_asked: dict[str, str], event: dict[str, Any], _context: Any) -> object:
    return str(event["body"])


def much(asked: dict[str, str], _event: dict[str, Any], _context: Any) -> object:
    return "x" * int(asked["bytes"])


def leak(asked: dict[str, str], _event: dict[str, Any], _context: Any) -> object:
    """Use 400 MB and keep them."""
    KEPT.append(bytearray(b"x") * (400 << 20))
    time.sleep(float(asked["s"]))
    return {"pid": os.getpid()}


def fork(asked: dict[str, str], _event: dict[str, Any], _context: Any) -> object:
    """Return twice: here, and in a copy of this process."""
    os.fork()
    return {"pid": os.getpid(), "marker": asked["marker"]}


def leave_a_child(asked: dict[str, str], _event: dict[str, Any], _context: Any) -> object:
    """Leave a process behind that has all that is open here, and end."""
    if os.fork() == 0:
        Path(os.environ["FOLDER"], asked["file"]).write_text(str(os.getpid()))
        time.sleep(60)
        os._exit(0)
    while not Path(os.environ["FOLDER"], asked["file"]).exists():
        time.sleep(0.01)
    os._exit(9)


def leave(asked: dict[str, str], _event: dict[str, Any], _context: Any) -> object:
    """End this process in one of several ways."""
    match asked["how"]:
        case "_exit":
            os._exit(7)
        case "sys.exit":
            sys.exit(3)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "segfault":
            ctypes.string_at(0)
    raise AssertionError("I am still here")


ACTIONS = {one.__name__: one for one in (tell, hold, sleep, say, body, much, leak, fork, leave_a_child, leave)}
