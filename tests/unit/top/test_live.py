"""The live view leaves the terminal as it found it, however it ends."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local.paths import ROOT
from local.top.live import Screen

SECONDS_MAX = 20
LEFT_THE_SCREEN = b"\x1b[?1049l"
PROGRAM = """
from local.paths import put_layers_on_path
put_layers_on_path()
from rich.console import Console
from local.observing.series import History, Sample
from local.top.asking import Seen
from local.top.live import run
history = History([Sample(1.0, {'process_up{process="gateway",kind="gateway"}': 1.0})])
run(lambda _: Seen(history, 0.0, []), Console(), 300.0, 60.0)
"""


@contextmanager
def live() -> "Iterator[tuple[subprocess.Popen[bytes], int]]":
    """The view on a terminal of its own, once it shows something."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT)
    try:
        read_until(ours, b"quit")
        yield process, ours
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)


def read_until(terminal: int, wanted: bytes) -> None:
    """Read what is shown until that comes; a view that shows nothing fails the test, and does not hang it."""
    shown = b""
    while wanted not in shown:
        readable, _, _ = select.select([terminal], [], [], SECONDS_MAX)
        assert readable, shown
        shown += os.read(terminal, 65536)


def is_canonical(terminal: int) -> bool:
    local = termios.tcgetattr(terminal)[3]
    return bool(local & termios.ICANON) and bool(local & termios.ECHO)


@pytest.mark.parametrize(("end", "code"), [("q", 0), (signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_the_terminal_is_as_before(end: str | signal.Signals, code: int) -> None:
    with live() as (process, terminal):
        assert not is_canonical(terminal)
        if isinstance(end, str):
            os.write(terminal, end.encode())
        else:
            process.send_signal(end)
        read_until(terminal, LEFT_THE_SCREEN)
        assert process.wait(SECONDS_MAX) == code
        assert is_canonical(terminal)


def test_keys_change_the_page_and_the_window() -> None:
    screen = Screen()
    assert screen.pressed("2").page == "functions"
    assert screen.pressed("+").window_s == 900
    assert screen.pressed("+").pressed("+").window_s == 900
    assert screen.pressed("-").pressed("-").window_s == 60
    assert screen.pressed("p").paused
    assert not screen.pressed("p").pressed("p").paused
    assert screen.pressed("x") == screen
    assert screen.pressed("q").leaving


def test_another_window_ends_a_pause_for_what_was_seen_is_of_the_one_before() -> None:
    paused = Screen().pressed("p")
    assert not paused.pressed("+").paused
    assert paused.pressed("+").pressed("p").pressed("+").paused  # there is no larger one
    assert paused.pressed("3").paused
