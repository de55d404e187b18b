"""`PackagedEnvironment`: a built package in a process of its own, under the runtime interface client."""

import asyncio
import json
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import orjson

from local.environment.worker import failures
from local.environment.worker.failures import Failure
from local.packaged.runtime_api import RuntimeApi
from local.packaged.words import Answers, Asks, CannotStart, Ended, Word
from local.runtime.contract import EnvironmentGoneError, InitFailedError, Invocation, Outcome
from local.supervisor.child import exited

INIT_S_MAX = 60.0
_REAP_S_MAX = 1.0


class PackagedEnvironment:
    """An ExecutionEnvironment. Made by `PackagedEnvironments`, in the thread that the process is to die with.

    Nobody in the process keeps the time: at the function's `Timeout` it is killed, as Lambda's is.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", api: RuntimeApi, timeout_s: int) -> None:
        self._process = process
        self._api = api
        self._timeout_s = timeout_s
        self._is_usable = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._watching: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """See ExecutionEnvironment."""
        return self._process.pid

    @property
    def is_usable(self) -> bool:
        """See ExecutionEnvironment."""
        return self._is_usable

    @property
    def source_files(self) -> frozenset[Path]:
        """See ExecutionEnvironment. A package does not change."""
        return frozenset()

    async def initialize(self) -> None:
        """See ExecutionEnvironment. A function that is not loaded within 60 seconds is given up."""
        await self._api.open()
        self._watching = asyncio.get_running_loop().create_task(self._watch())
        try:
            async with asyncio.timeout(INIT_S_MAX):
                word = await self._api.words.get()
        except TimeoutError:
            message = f"the function was not loaded within {INIT_S_MAX:.0f} seconds"
            raise await self._init_failed(_outcome(_failure(failures.TIMED_OUT, message))) from None
        match word:
            case Asks():
                self._api.words.put_nowait(word)  # for the first invocation
                self._is_usable = True
            case CannotStart():
                raise await self._init_failed(Outcome(word.body, word.error_type))
            case _:
                raise await self._init_failed(None)

    async def invoke(self, invocation: Invocation) -> Outcome:
        """See ExecutionEnvironment."""
        self._idle.clear()
        deadline_s = time.monotonic() + self._timeout_s
        try:
            await self._wait_asking(deadline_s)
            self._api.give(invocation)
            return await self._answer(invocation.request_id, time.monotonic() + self._timeout_s)
        except TimeoutError:
            await self._reap(0.0)
            return _outcome(failures.timed_out(invocation.request_id, self._timeout_s))
        except asyncio.CancelledError:
            self.kill()  # its answer would be taken for the next invocation's
            raise
        finally:
            self._idle.set()

    async def end(self, grace_s: float) -> None:
        """See ExecutionEnvironment. Without extensions Lambda, too, ends an idle process by SIGKILL."""
        self._is_usable = False
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self._idle.wait()
        await self._reap(0.0)

    def kill(self) -> None:
        """See ExecutionEnvironment."""
        self._is_usable = False
        if self._process.poll() is None:
            self._process.kill()

    async def _wait_asking(self, deadline_s: float) -> None:
        """Return once the process asks for an invocation, as it does soon after its last answer.

        Raises EnvironmentGoneError; also where it asked and ended then, for who asked hears nothing any more.
        """
        while not isinstance(await self._hear(deadline_s), Asks | Ended):
            pass
        if not self._is_usable:
            ending = failures.exited(None, await self._reap(_REAP_S_MAX))["errorMessage"]
            raise EnvironmentGoneError(f"it was idle when its process ended: {ending}")

    async def _answer(self, request_id: str, deadline_s: float) -> Outcome:
        while True:
            match await self._hear(deadline_s):
                case Answers(told_id, body, error_type) if told_id == request_id:
                    return _checked(Outcome(body, error_type), request_id)
                case Ended():
                    return _outcome(failures.exited(request_id, await self._reap(_REAP_S_MAX)))
                case _:
                    continue

    async def _hear(self, deadline_s: float) -> Word:
        """The next word. Raises TimeoutError at the deadline (monotonic seconds)."""
        async with asyncio.timeout(deadline_s - time.monotonic()):
            return await self._api.words.get()

    async def _watch(self) -> None:
        await exited(self._process)
        self._is_usable = False
        self._api.words.put_nowait(Ended())

    async def _init_failed(self, outcome: Outcome | None) -> InitFailedError:
        code = await self._reap(_REAP_S_MAX)
        return InitFailedError(outcome or _outcome(failures.exited(None, code)))

    async def _reap(self, seconds_max: float) -> int | None:
        """Wait so long for its end, and make it. Returns its exit code as subprocess has it; None where it was made."""
        self._is_usable = False
        try:
            async with asyncio.timeout(seconds_max):
                await exited(self._process)
            code = self._process.returncode
        except TimeoutError:
            code = None
            self.kill()
            await exited(self._process)
        if self._watching is not None:
            self._watching.cancel()
        self._api.words.put_nowait(Ended())  # for who waits still
        self._api.close()
        return code


def _checked(outcome: Outcome, request_id: str) -> Outcome:
    """The outcome, unless it is not JSON: NaN, which the client writes and nobody reads, or a file's bytes."""
    try:
        _read_json(outcome.payload)
    except (ValueError, RecursionError) as error:
        return _outcome(_failure("Runtime.MarshalError", f"RequestId: {request_id} Error: it is not JSON: {error}"))
    return outcome


def _read_json(body: bytes) -> None:
    """Raises ValueError, RecursionError."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:  # halves of surrogate pairs, too, which are JSON
        json.loads(body, parse_constant=_refuse)


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is none of its values")


def _failure(kind: str, message: str) -> Failure:
    return {"errorType": kind, "errorMessage": message, "stackTrace": []}


def _outcome(failure: Failure) -> Outcome:
    return Outcome(orjson.dumps(failure), failure["errorType"])
