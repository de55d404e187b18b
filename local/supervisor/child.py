"""One process that is kept running."""

import asyncio
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

from local.paths import ROOT, DataDirectory
from local.servers.leash import leash
from local.servers.spec import as_account, server_environment
from local.state import ProcessRecord, ProcessState, create_time_of
from local.supervisor.backoff import Backoff
from local.supervisor.errors import StartError
from local.supervisor.logs import last_lines, open_log
from local.supervisor.plan import ProcessPlan

_POLL_SECONDS = 0.1
_LOG_LINES = 15


class Child:
    """Starts one process, watches it, and starts it again when it dies.

    `changed` is called after every change of state; `note` with a sentence after a death.
    """

    def __init__(
        self, plan: ProcessPlan, data: DataDirectory, changed: Callable[[], None], note: Callable[[str, str], None]
    ) -> None:
        self.plan = plan
        self._log_file = data.log_file(plan.name)
        self._changed = changed
        self._note = note
        self._state: ProcessState = "starting"
        self._restarts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._create_time: float | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def record(self) -> ProcessRecord:
        """What the state file says about this process."""
        process = self._process
        alive = process is not None and process.returncode is None
        return ProcessRecord(
            name=self.plan.name,
            kind=self.plan.kind,
            pid=process.pid if process is not None and alive else None,
            create_time=self._create_time if alive else None,
            port=self.plan.port,
            state=self._state,
            restarts=self._restarts,
        )

    async def start(self, seconds_max: float) -> None:
        """Start for the first time and return once ready. Raises StartError when it dies first, or is too slow.

        At the first start a death is a failure at once: starting again would only hide a broken program.
        """
        process = self._spawn()
        try:
            ready = await asyncio.wait_for(self._ready_or_dead(process), seconds_max)
        except TimeoutError:
            raise StartError(self._with_log(f"{self.plan.name} does not answer after {seconds_max:.0f} s")) from None
        if not ready:
            raise StartError(self._with_log(f"{self.plan.name} {ending(process.returncode)} while starting"))
        self._set("ready")
        self._keeper = asyncio.create_task(self._keep_running(process))

    def start_unwatched(self) -> None:
        """Start, and do not wait: nobody depends on it. A death, also the first, is mended like any other."""
        self._keeper = asyncio.create_task(self._keep_running(self._spawn()))

    async def stop(self, seconds_max: float) -> None:
        """End the process: asked first, then without asking."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        process = self._process
        if process is not None and process.poll() is None:
            self._set("stopping")
            process.send_signal(self.plan.stop_signal)
            try:
                await asyncio.wait_for(exited(process), seconds_max)
            except TimeoutError:
                self._note(self.plan.name, f"did not stop within {seconds_max:.0f} s and was killed")
                process.send_signal(self.plan.death_signal)
                await exited(process)
        self._set("stopped")

    async def _keep_running(self, process: "subprocess.Popen[bytes]") -> None:
        """Watch the process and whatever takes its place, for ever."""
        backoff = Backoff()
        while True:
            started = time.monotonic()
            if await self._ready_or_dead(process):
                self._set("ready")
                await exited(process)
            process = await self._spawn_again(ending(process.returncode), backoff, time.monotonic() - started)

    async def _spawn_again(self, reason: str, backoff: Backoff, ran_seconds: float) -> "subprocess.Popen[bytes]":
        """Wait as long as the back-off says, then start; go on trying while the machine has no process to give."""
        while True:
            wait_seconds = backoff.wait_after(ran_seconds)
            self._note(self.plan.name, f"{reason}; starting it again in {wait_seconds:.1f} s")
            self._set("restarting")
            await asyncio.sleep(wait_seconds)
            self._restarts += 1
            try:
                return self._spawn()
            except OSError as error:
                reason, ran_seconds = f"could not be started ({error})", 0.0

    async def _ready_or_dead(self, process: "subprocess.Popen[bytes]") -> bool:
        """Return whether the process answers; False once it is dead instead."""
        death = asyncio.create_task(exited(process))
        ready = asyncio.ensure_future(self.plan.wait_ready(process.pid))
        try:
            await asyncio.wait({death, ready}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                ready.result()
            return not death.done()
        finally:
            death.cancel()
            ready.cancel()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        ours = server_environment() if self.plan.kind == "server" else dict(os.environ)
        with open_log(self._log_file) as log:
            self._process = subprocess.Popen(
                self.plan.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=ours | dict(self.plan.environment),
                cwd="/" if self.plan.kind == "server" else ROOT,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops the others in order
                pass_fds=self.plan.pass_fds,
                preexec_fn=leash(self.plan.death_signal),
                **as_account(self.plan.account),
            )
        self._create_time = create_time_of(self._process.pid)
        self._set("starting")
        return self._process

    def _set(self, state: ProcessState) -> None:
        self._state = state
        self._changed()

    def _with_log(self, sentence: str) -> str:
        lines = last_lines(self._log_file, _LOG_LINES)
        return "\n".join([f"{sentence}; the end of {self._log_file}:", *(f"  {line}" for line in lines)])


def ending(returncode: int) -> str:
    """Say how a process ended."""
    return f"was killed by signal {-returncode}" if returncode < 0 else f"ended with {returncode}"


async def exited(process: "subprocess.Popen[bytes]") -> None:
    """Return once the process is dead and reaped."""
    fd = _pidfd(process)
    if fd is None:
        while process.poll() is None:
            await asyncio.sleep(_POLL_SECONDS)
        return
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()
    loop.add_reader(fd, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(fd)
        os.close(fd)
    process.wait()


def _pidfd(process: "subprocess.Popen[bytes]") -> int | None:
    """Return a descriptor that becomes readable at the process's end; None where the kernel has none to give."""
    if process.poll() is not None or not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(process.pid)
    except OSError:
        return None
