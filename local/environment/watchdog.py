"""The thread that keeps the time of invocations and hears the signals, while the handler has the main thread.

The handler runs in the main thread, as on Lambda, because handing each call to another thread and back was measured
at 190 µs, four times all the rest of a request. So what must happen *during* an invocation happens here.
"""

import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

_OWN_FOLDER = str(Path(__file__).parent)
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
NEVER_S = 10**6  # eleven days: who looks at a line of code in a debugger has the time; poll(2) takes no more than 24


def timed_out(timeout_s: int) -> str:
    """Lambda's words for a timeout."""
    return f"Task timed out after {timeout_s}.00 seconds"


def hold_signals() -> None:
    """Keep SIGTERM and SIGINT for the watchdog. The first thing a process does, before it has other threads.

    Blocked in every thread, a signal waits for `sigtimedwait` whatever the main thread is doing: a handler inside a
    database driver's C code would keep Python's own signal handlers waiting.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)


class Watchdog:
    """Keeps the time of one invocation after the other. All callbacks run in the watchdog's thread.

    on_timeout  an invocation took longer than `timeout_s`; gets the stack at which it stands, and ends the process
    on_stop     the first SIGTERM or SIGINT came
    on_cut      the process is still there `grace_s` after that (None: only the timeout bounds the last invocation)
    """

    def __init__(
        self,
        timeout_s: int,
        *,
        on_timeout: Callable[[str], None],
        on_stop: Callable[[], None],
        on_cut: Callable[[], None],
        grace_s: float | None,
    ) -> None:
        self._timeout_s = timeout_s
        self._on_timeout, self._on_stop, self._on_cut = on_timeout, on_stop, on_cut
        self._grace_s = grace_s
        self._cut_at_s = float("inf")
        self._begun_s = 0.0
        self._lock = threading.Lock()
        self._watched = threading.get_ident()

    @classmethod
    def for_one_invocation(cls, timeout_s: int, on_timeout: Callable[[str], None]) -> "Watchdog":
        """A watchdog that keeps the time and leaves the signals to the process, as a command in a terminal needs."""
        watchdog = cls(timeout_s, on_timeout=on_timeout, on_stop=_nothing, on_cut=_nothing, grace_s=None)
        threading.Thread(target=watchdog._watch_the_time, name="watchdog", daemon=True).start()
        return watchdog

    def start(self) -> None:
        """Begin to watch. The process has called `hold_signals`."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def begin(self) -> None:
        """An invocation begins, in this thread."""
        self._watched = threading.get_ident()
        self._begun_s = time.monotonic()

    def end(self) -> None:
        """The invocation ended. Does not return where the watchdog is just declaring that it timed out."""
        with self._lock:
            self._begun_s = 0.0

    @property
    def busy(self) -> bool:
        """Whether an invocation is running."""
        return self._begun_s > 0

    def _watch(self) -> None:
        while True:
            begun_s, now_s = self._begun_s, time.monotonic()
            # One that begins after this line ends its time after the sleep does: no wake-up is needed for it.
            due_s = min((begun_s or now_s) + self._timeout_s, self._cut_at_s)
            heard = signal.sigtimedwait(STOP_SIGNALS, max(0.0, due_s - now_s))
            # Stopped (SIGSTOP) beyond its deadline, CPython's sigtimedwait gives back something that is no signal.
            if heard is not None and heard.si_signo in STOP_SIGNALS:
                self._stop()
            elif time.monotonic() >= self._cut_at_s:
                self._on_cut()
            elif begun_s:
                self._expire(begun_s)

    def _watch_the_time(self) -> None:
        while True:
            begun_s = self._begun_s
            time.sleep(max(0.0, (begun_s or time.monotonic()) + self._timeout_s - time.monotonic()))
            if begun_s:
                self._expire(begun_s)

    def _stop(self) -> None:
        if self._cut_at_s == float("inf"):
            self._on_stop()
            if self._grace_s is not None:
                self._cut_at_s = time.monotonic() + self._grace_s

    def _expire(self, begun_s: float) -> None:
        with self._lock:
            if self._begun_s == begun_s and time.monotonic() >= begun_s + self._timeout_s:
                self._on_timeout(self._stack())

    def _stack(self) -> str:
        """Where the invocation stands, from the handler inwards: what calls it is the emulator's own."""
        frame = sys._current_frames().get(self._watched)
        frames = traceback.extract_stack(frame) if frame else traceback.StackSummary()
        own = [place for place, summary in enumerate(frames) if summary.filename.startswith(_OWN_FOLDER)]
        return "".join(traceback.format_list(frames[own[-1] + 1 if own else 0 :]))


def _nothing() -> None:
    """What a process does about a signal that it has not held."""
