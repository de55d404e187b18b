"""The asynchronous queue, killed at each of its lines: what it acknowledged is handled, or a dead letter, all the same.

Each life is a child that is forked from a small process of its own, and killed with SIGKILL by a tracer when it comes
to a line for the first time, or for the last.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WAIT_S_MAX = 240

PROGRAM = '''
import asyncio, json, os, signal, sys, threading
from collections import Counter
from pathlib import Path

from local.invokeapi.asynchronous.delays import Delays
from local.invokeapi.asynchronous.queue import AsynchronousInvocations
from local.runtime.contract import Invoked, ThrottledError
from tests.unit.local.invokeapi_parts import failed, succeeded, template

FOLDER = Path(sys.argv[1])
CODE = os.sep + os.path.join("local", "invokeapi", "asynchronous") + os.sep
AT_ONCE = Delays((0.0, 0.0), 0.0, 0.0)
SUBSCRIBER = "arn:aws:lambda:us-east-1:000000000000:function:Subscriber"
WRITTEN = {"FirstFunction": {"DestinationConfig": {"OnSuccess": {"Destination": SUBSCRIBER}}}}


def note(folder, name, text):
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, text.encode() + b"\\n")
    os.close(descriptor)


class Functions:
    """`good` succeeds once it was throttled, `bad` never does; the subscriber is told of `good`."""

    def __init__(self, folder):
        self.folder, self.asked = folder, Counter()

    async def invoke(self, function, invocation):
        name = "told" if function == "Subscriber" else invocation.request_id
        self.asked[name] += 1
        if name == "good" and self.asked[name] == 1:
            raise ThrottledError("busy")
        note(self.folder, "handled", name)
        outcome = failed() if name == "bad" else succeeded(name)
        return Invoked(outcome, invocation.request_id, 1.0, None, 40, b"")


async def live(folder, accepts):
    queue = AsynchronousInvocations(folder, template(folder), Functions(folder), WRITTEN, delays=AT_ONCE)
    queue.start()
    for name in accepts:
        await queue.accept("FirstFunction", name, b"{}")
        note(folder, "accepted", name)
    async with asyncio.timeout(20):
        while await queue.count():
            await asyncio.sleep(0.001)
    await queue.close(1.0)


def trace_with(at_line):
    def trace(frame, event, _):
        if CODE not in frame.f_code.co_filename:
            return None
        if event == "line":
            at_line((os.path.basename(frame.f_code.co_filename), frame.f_lineno))
        return trace
    threading.settrace(trace)
    sys.settrace(trace)


def in_child(act):
    """Run in a child; return how it ended."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def rehearse(folder):
    """How often each line is come to."""
    seen = Counter()
    def act():
        trace_with(lambda line: seen.update([line]))
        asyncio.run(live(folder, ["good", "bad"]))
        (folder / "lines").write_text(json.dumps([[*line, count] for line, count in seen.items()]))
    assert in_child(act) == 0
    return json.loads((folder / "lines").read_text())


def crash(folder, line, nth):
    """A life that ends at a line's nth time, and one after it; says what was acknowledged and what was done."""
    left = [nth]
    def at_line(here):
        if here == line:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
    def first():
        trace_with(at_line)
        asyncio.run(live(folder, ["good", "bad"]))
    killed = in_child(first) == -signal.SIGKILL
    assert in_child(lambda: asyncio.run(live(folder, []))) == 0, (line, nth)
    words = {name: (folder / name).read_text().split() if (folder / name).exists() else []
             for name in ("accepted", "handled")}
    dead = [file.stem for file in (folder / "failed").glob("*.json")]
    return {"line": line, "nth": nth, "killed": killed, **words, "dead": dead}


def main():
    FOLDER.joinpath("rehearsal").mkdir()
    number = 0
    for file, line, count in rehearse(FOLDER / "rehearsal"):
        for nth in sorted({1, count}):
            number += 1
            folder = FOLDER / str(number)
            folder.mkdir()
            print(json.dumps(crash(folder, (file, line), nth)), flush=True)


main()
'''


def test_a_kill_at_any_line_loses_no_event_that_was_acknowledged(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    path = ":".join([str(ROOT), *map(str, ROOT.glob("layers/*/python"))])
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=WAIT_S_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lives = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(life["killed"] for life in lives) > 100
    for life in lives:
        ends = {*life["handled"]} - {"bad"} | {*life["dead"]}
        assert {*life["accepted"]} <= ends, life
        assert "good" not in life["accepted"] or "told" in life["handled"], life
