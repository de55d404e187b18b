"""One child process as its parent sees it, from its start to its end."""

import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

from local.environment.watchdog import NEVER_S
from local.environment.worker import failures, frames
from local.environment.worker.command import worker_command
from local.environment.worker.failures import Failure
from local.environment.worker.group import kill_group
from local.paths import ROOT
from local.template import Function
from streams.errors import FunctionError

# The child keeps its own time and tells the stack. This is for one that cannot: stopped, or stuck in C code.
GRACE_S = 2.0
INIT_S_MAX = 60.0
_STOP_ASKED_EVERY_S = 0.1
_REAP_S_MAX = 1.0


class ChildGoneError(Exception):
    """The child ended before it was given the invocation, which therefore never began."""


class Child:
    """Started by `spawn`; `wait_ready` once, then any number of `invoke`, until `is_usable` no more."""

    def __init__(self, process: "subprocess.Popen[bytes]", channel: socket.socket, timeout_s: float) -> None:
        self._process = process
        self._channel = channel
        self._timeout_s = timeout_s
        self._began_s = time.monotonic()
        self.started_ns = time.time_ns()
        self.is_ready = False
        self.is_usable = True
        self.source_files: frozenset[Path] = frozenset()
        """What it has imported of the function's code and layers."""

    @classmethod
    def spawn(cls, template: Path, function: Function, debug_port: int | None = None) -> "Child":
        """Start the process and return at once. Raises OSError where the machine has none to give.

        `debug_port`: a debugger can attach there, and no time is kept.
        Call it from a thread that lives as long as this process: the child dies with the thread that started it.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                worker_command(template, function, theirs.fileno(), debug_port),
                stdin=subprocess.DEVNULL,
                cwd=ROOT,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C reaches the parent alone, which lets the invocation finish
            )
        return cls(process, ours, function.timeout_s if debug_port is None else NEVER_S)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def wait_ready(self, stop: threading.Event) -> None:
        """Return once the function is loaded, or `stop` is set. Raises FunctionError where it cannot be loaded."""
        deadline_s = self._began_s + INIT_S_MAX
        while not self.is_ready and not stop.is_set():
            if frames.is_readable(self._channel, _STOP_ASKED_EVERY_S):
                self._hear_first_word()
            elif time.monotonic() > deadline_s:
                self.kill()
                raise FunctionError(failures.TIMED_OUT, f"the function was not loaded within {INIT_S_MAX:.0f} seconds")

    def invoke(self, frame: bytes, request_id: str) -> object:
        """Give the request and return the result.

        Raises FunctionError, after which `is_usable` tells whether the child goes on; ChildGoneError.
        """
        deadline_s = time.monotonic() + self._timeout_s + GRACE_S
        try:
            self._give(frame, deadline_s)
            answer = self._hear(deadline_s)
        except TimeoutError:
            self.kill()
            raise _error_of(failures.timed_out(request_id, int(self._timeout_s))) from None
        except frames.FrameEndError:
            raise _error_of(failures.exited(request_id, self._reap())) from None
        except frames.FrameError as error:
            self.kill()
            raise FunctionError("Runtime.InvalidResponse", f"RequestId: {request_id} Error: {error}") from error
        return self._result(answer, request_id)

    def hang_up(self) -> None:
        """Let the child end: at once where it is idle or not ready, else after its invocation."""
        self.is_usable = False
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        if not self.is_ready:
            self._process.kill()

    def kill(self) -> None:
        """End it without asking, also where it was stopped (SIGSTOP)."""
        self.is_usable = False
        self._process.send_signal(signal.SIGKILL)
        kill_group(self.pid)
        self._process.wait()
        self._channel.close()

    def end(self, seconds_max: float) -> None:
        """Wait until it has ended after `hang_up`, and kill it where that takes too long."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds_max)
        self.kill()

    def _give(self, frame: bytes, deadline_s: float) -> None:
        try:
            frames.send(self._channel, frame, deadline_s)
        except TimeoutError:
            raise
        except OSError as error:
            ending = failures.exited(None, self._reap())["errorMessage"]
            raise ChildGoneError(f"it was idle when its process ended: {ending}") from error

    def _hear(self, deadline_s: float) -> dict[str, object]:
        """The next answer; which files the function imported meanwhile is said in between."""
        while "files" in (message := frames.receive(self._channel, deadline_s)):
            self._learn_sources(message)
        return message

    def _learn_sources(self, message: dict[str, object]) -> None:
        files = message.get("files")
        if isinstance(files, list):
            self.source_files |= {Path(str(file)) for file in files}

    def _hear_first_word(self) -> None:
        try:
            word = frames.receive(self._channel, time.monotonic() + INIT_S_MAX)
        except (frames.FrameError, TimeoutError) as error:
            code = self._reap()
            raise _error_of(failures.exited(None, code)) from error
        self.is_ready = "ready" in word
        self._learn_sources(word)
        if not self.is_ready:
            self._reap()
            raise _error_of(failures.read_failure(word.get("init_error")) or failures.exited(None, None))

    def _result(self, answer: dict[str, object], request_id: str) -> object:
        is_ours = answer.get("request_id") == request_id  # a frame too many would shift every answer after it
        if is_ours and "result" in answer:
            return answer["result"]
        failure = failures.read_failure(answer.get("error") or answer.get("timeout")) if is_ours else None
        if "timeout" in answer:
            self._reap()
        if failure is None:
            self.kill()
            raise FunctionError("Runtime.InvalidResponse", f"RequestId: {request_id} Error: no answer of ours")
        raise _error_of(failure)

    def _reap(self) -> int | None:
        """Its exit code, as subprocess has it; a process that hung up and goes on is killed, and has none."""
        try:
            code = self._process.wait(_REAP_S_MAX)
        except subprocess.TimeoutExpired:
            code = None
        self.kill()
        return code


def _error_of(failure: Failure) -> FunctionError:
    return FunctionError(failure["errorType"], failure["errorMessage"], "".join(failure["stackTrace"]))
