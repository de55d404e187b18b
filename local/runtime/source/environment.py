"""`SourceEnvironment`: a function of the source tree, in a child process that speaks frames on a socket pair."""

import asyncio
import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import orjson

from local.environment.worker import failures, frames
from local.environment.worker.command import worker_command
from local.environment.worker.failures import Failure
from local.environment.worker.group import kill_group
from local.paths import ROOT
from local.runtime.contract import EnvironmentGoneError, InitFailedError, Invocation, Outcome
from local.runtime.source.channel import Channel, ChannelClosedError, open_channel
from local.supervisor.child import exited
from local.supervisor.logs import open_log
from local.template import Function

INIT_S_MAX = 60.0
# The child keeps its own time and tells the stack. This is for one that cannot: stopped, or stuck in C code.
GRACE_S = 2.0
_REAP_S_MAX = 1.0
_LAST_WORD_S_MAX = 0.25
_FILES = b'{"files"'


class SourceEnvironment:
    """An ExecutionEnvironment. Made by `SourceEnvironments`, in the thread that the child is to die with."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", ours: socket.socket, function: Function, *, timed: bool
    ) -> None:
        self._process = process
        self._ours = ours
        self._timeout_s = function.timeout_s
        self._wait_s = function.timeout_s + GRACE_S if timed else None
        self._channel: Channel | None = None
        self._sources: frozenset[Path] = frozenset()
        self._ended = False
        self._watching: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """See ExecutionEnvironment."""
        return self._process.pid

    @property
    def is_usable(self) -> bool:
        """See ExecutionEnvironment."""
        return not self._ended and self._channel is not None and self._channel.is_open

    @property
    def source_files(self) -> frozenset[Path]:
        """See ExecutionEnvironment. What the function imported while it ran comes after its answer."""
        if self._channel is not None:
            self._hear_sources(self._channel)
        return self._sources

    async def initialize(self) -> None:
        """See ExecutionEnvironment. A function that is not loaded within 60 seconds is given up."""
        self._channel = await open_channel(self._ours)
        self._watching = asyncio.get_running_loop().create_task(self._watch(self._channel))
        try:
            async with asyncio.timeout(None if self._wait_s is None else INIT_S_MAX):
                word = frames.decode(await self._channel.receive())
        except TimeoutError:
            message = f"the function was not loaded within {INIT_S_MAX:.0f} seconds"
            raise await self._init_failed(
                {"errorType": failures.TIMED_OUT, "errorMessage": message, "stackTrace": []}
            ) from None
        except (ChannelClosedError, frames.FrameError):
            raise await self._init_failed(None) from None
        if "ready" not in word:
            raise await self._init_failed(failures.read_failure(word.get("init_error")))
        self._learn_sources(word)

    async def invoke(self, invocation: Invocation) -> Outcome:
        """See ExecutionEnvironment."""
        assert self._channel is not None
        if self._has_said_too_much():
            self.kill()
            raise EnvironmentGoneError("it had answered more than it was asked")
        frame = frames.pack(frames.request_body(invocation.request_id, invocation.payload, invocation.client_context))
        try:
            self._channel.send(frame)
        except ChannelClosedError as error:
            self._ended = True
            raise EnvironmentGoneError(str(error)) from error
        try:
            return await self._answer(self._channel, invocation.request_id)
        except asyncio.CancelledError:
            self.kill()  # its answer would be taken for the next invocation's
            raise

    async def end(self, grace_s: float) -> None:
        """See ExecutionEnvironment. The child reads the end of the channel once its invocation is over."""
        self._ended = True
        if self._channel is None:
            self._ours.close()
            self._process.kill()
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await exited(self._process)
        await self._reap()

    def kill(self) -> None:
        """See ExecutionEnvironment."""
        self._ended = True
        if self._process.poll() is None:
            self._process.kill()
        kill_group(self.pid)

    def _has_said_too_much(self) -> bool:
        """Whether an answer lies there that nobody waits for; what it tells of its sources is none."""
        assert self._channel is not None
        self._hear_sources(self._channel)
        return self._channel.has_more

    async def _watch(self, channel: Channel) -> None:
        """Notice the process's end also where somebody whom it started holds its end of the channel open."""
        await exited(self._process)
        # What it said last is still in the socket, with the end behind it; that end does not come where it is held.
        await asyncio.wait({channel.closed}, timeout=_LAST_WORD_S_MAX)
        channel.close()

    async def _answer(self, channel: Channel, request_id: str) -> Outcome:
        try:
            async with asyncio.timeout(self._wait_s):
                body = await self._hear(channel)
        except TimeoutError:
            self.kill()
            await self._reap()
            return _failed(failures.timed_out(request_id, self._timeout_s))
        except ChannelClosedError:
            return _failed(failures.exited(request_id, await self._reap()))
        result = frames.result_of(body, request_id)
        if result is not None:
            return Outcome(result)
        return await self._failure(body, request_id)

    async def _hear(self, channel: Channel) -> bytes:
        """The next answer; which files the function imported meanwhile is said in between."""
        while (body := await channel.receive()).startswith(_FILES):
            self._learn_sources(frames.decode(body))
        return body

    async def _failure(self, body: bytes, request_id: str) -> Outcome:
        try:
            message = frames.decode(body)
        except frames.FrameError:
            message = {}
        if "timeout" in message:
            await self._reap()
        failure = failures.read_failure(message.get("error") or message.get("timeout"))
        if failure is not None and message.get("request_id") == request_id:
            return _failed(failure)
        self.kill()
        await self._reap()
        reason = f"RequestId: {request_id} Error: no answer of ours"
        return _failed({"errorType": "Runtime.InvalidResponse", "errorMessage": reason, "stackTrace": []})

    async def _init_failed(self, failure: Failure | None) -> InitFailedError:
        code = await self._reap()
        return InitFailedError(_failed(failure or failures.exited(None, code)))

    async def _reap(self) -> int | None:
        """Its exit code, as subprocess has it; a process that hung up and goes on is killed, and has none."""
        self._ended = True
        try:
            async with asyncio.timeout(_REAP_S_MAX):
                await exited(self._process)
            code = self._process.returncode
        except TimeoutError:
            code = None
            self._process.kill()
            await exited(self._process)
        kill_group(self.pid)
        if self._channel is not None:
            self._channel.close()
        if self._watching is not None:
            self._watching.cancel()
        return code

    def _hear_sources(self, channel: Channel) -> None:
        while (told := channel.take(_FILES)) is not None:
            self._learn_sources(frames.decode(told))

    def _learn_sources(self, message: Mapping[str, object]) -> None:
        files = message.get("files")
        if isinstance(files, list):
            self._sources |= {Path(str(file)) for file in files}


class SourceEnvironments:
    """An EnvironmentFactory. `variables` are what the child's own variables are; it keeps those that Lambda has.

    `debug_port`: a debugger can attach there, and no time is kept.
    """

    def __init__(
        self, template: Path, function: Function, variables: Mapping[str, str], debug_port: int | None = None
    ) -> None:
        self._template = template
        self._function = function
        self._variables = dict(variables)
        self._debug_port = debug_port

    def __call__(self, name: str, log_file: Path) -> SourceEnvironment:
        """See EnvironmentFactory. The child dies with the thread that calls this."""
        ours, theirs = socket.socketpair()
        with theirs, open_log(log_file) as log:
            process = subprocess.Popen(
                worker_command(self._template, self._function, theirs.fileno(), self._debug_port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**self._variables, "RECOURS_ENVIRONMENT": name},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C reaches the parent alone, which lets the invocation finish
            )
        return SourceEnvironment(process, ours, self._function, timed=self._debug_port is None)


def _failed(failure: Failure) -> Outcome:
    return Outcome(orjson.dumps(failure), failure["errorType"])
