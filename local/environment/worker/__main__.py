"""`python -m local.environment.worker --template FILE --function NAME --fd N --parent PID`: one environment."""

import argparse
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from local.environment.ending import end_process, run_exit_functions
from local.environment.handler import Handler, HandlerError, load_handler
from local.environment.invocation import Environment, FunctionError
from local.environment.log import log
from local.environment.prepare import prepare_process
from local.environment.settings import template_from
from local.environment.watchdog import NEVER_S, Watchdog, hold_signals, timed_out
from local.environment.worker import failures, frames
from local.environment.worker.debugging import listen_for_debugger
from local.environment.worker.marshal import marshal
from local.environment.worker.orphan import die_with
from local.environment.worker.sources import ImportedSources
from local.faults.errors import FaultError
from local.faults.process import ProcessFaults, faults_of_this_process
from local.template import Function, TemplateError

END_S_MAX = 1.0  # what a function may take to say its last


class Worker:
    """One function, invoked by whoever holds the other end of the channel, one invocation at a time."""

    def __init__(
        self,
        function: Function,
        channel: socket.socket,
        faults: ProcessFaults,
        sources: ImportedSources,
        *,
        is_timed: bool,
    ) -> None:
        self._function = function
        self._sources = sources
        self._faults = faults
        self._channel = channel
        self._request_id = ""
        self._pid = os.getpid()
        self._is_timed = is_timed
        self._watchdog = Watchdog(
            function.timeout_s if is_timed else NEVER_S,
            on_timeout=self._on_timeout,
            on_stop=self._on_stop,
            on_cut=lambda: None,
            grace_s=None,  # the invocation in flight finishes, within its own timeout
        )

    def run(self) -> NoReturn:
        """Load the function, tell the parent, and serve until it hangs up. Ends the process."""
        environment = Environment(self._function, self._load(), self._watchdog, is_timed=self._is_timed)
        self._watchdog.start()
        self._send({"ready": True, "files": self._sources.found()})
        while True:
            request = self._next()
            self._request_id = str(request["request_id"])
            self._answer(environment, request)
            self._tell_new_sources()

    def _load(self) -> Handler:
        try:
            prepare_process(self._function)
            handler = load_handler(self._function.handler)
            self._wrap_steps()
        except HandlerError as error:
            failure = failures.not_loaded(error)
            log("error", str(error), function=self._function.name, trace="".join(failure["stackTrace"]))
            self._send({"init_error": failure})
            end_process(1)
        return handler

    def _wrap_steps(self) -> None:
        try:
            self._faults.wrap_steps()
        except FaultError as error:
            raise HandlerError(f"Runtime.FaultError: {error}") from error

    def _next(self) -> dict[str, object]:
        try:
            return frames.receive(self._channel)
        except frames.FrameEndError:
            run_exit_functions(END_S_MAX)
            end_process(0)

    def _answer(self, environment: Environment, request: dict[str, object]) -> None:
        try:
            result = environment.invoke(request["event"], self._request_id, request.get("client_context"))
        except FunctionError as error:
            self._leave_where_forked()
            _flush()
            self._failed(error.__cause__ or error)
        else:
            self._leave_where_forked()
            _flush()
            self._done(result)

    def _leave_where_forked(self) -> None:
        """A copy of this process, which the handler made and did not end, must not answer a second time."""
        if os.getpid() != self._pid:
            os._exit(0)

    def _done(self, result: object) -> None:
        try:
            frame = frames.pack(frames.result_body(self._request_id, marshal(result)))
        except (TypeError, ValueError, RecursionError, frames.FrameError) as error:
            self._tell("error", failures.unmarshalled(error))
        else:
            self._send_frame(frame)

    def _tell_new_sources(self) -> None:
        """After the answer, so that nobody waits for it: an import inside the handler is a source too."""
        if files := self._sources.new():
            self._send({"files": files})

    def _failed(self, cause: BaseException) -> None:
        if isinstance(cause, SystemExit):  # ends the runtime on Lambda too, and counts as a failure whatever its code
            log("error", "the function ended its process", function=self._function.name, code=str(cause.code))
            end_process(cause.code if isinstance(cause.code, int) else 1 if cause.code else 0)
        failure = failures.raised(cause)
        facts = {"error": failure["errorType"], "trace": "".join(failure["stackTrace"])}
        log("error", "the function raised", function=self._function.name, function_request_id=self._request_id, **facts)
        self._tell("error", failure)

    def _tell(self, kind: str, failure: failures.Failure) -> None:
        self._send({"request_id": self._request_id, kind: failure})

    def _send(self, message: object) -> None:
        self._send_frame(frames.encode(message))

    def _send_frame(self, frame: bytes) -> None:
        try:
            frames.send(self._channel, frame)
        except OSError:
            end_process(1)  # nobody is there to hear it

    def _on_timeout(self, stack: str) -> None:
        """In the watchdog's thread; the main thread is stuck in the handler and cannot come back from it."""
        name, request_id = self._function.name, self._request_id
        log("error", timed_out(self._function.timeout_s), function=name, function_request_id=request_id, trace=stack)
        self._tell("timeout", failures.timed_out(request_id, self._function.timeout_s, stack))
        end_process(1)

    def _on_stop(self) -> None:
        # What was sent before is still read and done, and its answer still goes out; then reading finds the end.
        with suppress(OSError):  # the parent has hung up already
            self._channel.shutdown(socket.SHUT_RD)


def _flush() -> None:
    """What the handler printed without a line's end belongs to this invocation's log."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a disk that is full, or a handler that closed it
            stream.flush()


def main() -> NoReturn:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m local.environment.worker", description=__doc__)
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--function", required=True)
    parser.add_argument("--fd", type=int, required=True, help="the socket that was inherited")
    parser.add_argument("--parent", type=int, required=True, help="the pid of who invokes: its end is ours")
    parser.add_argument("--debug", type=int, metavar="PORT", help="let a debugger attach there, and keep no time")
    arguments = parser.parse_args()
    hold_signals()
    die_with(arguments.parent)
    try:
        function = template_from(arguments.template).function(arguments.function)
    except TemplateError as error:
        log("error", "the template cannot be run", reason=str(error))
        end_process(1)
    channel = socket.socket(fileno=arguments.fd)
    channel.set_inheritable(False)  # a program that the function starts must not hold it open
    if arguments.debug is not None:
        listen_for_debugger(arguments.debug, function.name)
    faults = faults_of_this_process(function.name, "worker")
    Worker(function, channel, faults, ImportedSources(function), is_timed=arguments.debug is None).run()


if __name__ == "__main__":
    main()
