"""`python -m local.environment.worker --template FILE --function NAME --fd N --parent PID`: one environment."""

import argparse
import json
import socket
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from local.environment.handler import Handler, HandlerError, load_handler
from local.environment.invocation import Environment, FunctionError
from local.environment.log import log
from local.environment.prepare import prepare_process
from local.environment.settings import template_from
from local.environment.start import end_process
from local.environment.watchdog import Watchdog, hold_signals, timed_out
from local.environment.worker import failures, frames
from local.environment.worker.orphan import die_with
from local.faults.errors import FaultError
from local.faults.process import ProcessFaults, faults_of_this_process
from local.template import Function, TemplateError


class Worker:
    """One function, invoked by whoever holds the other end of the channel, one invocation at a time."""

    def __init__(self, function: Function, channel: socket.socket, faults: ProcessFaults) -> None:
        self._function = function
        self._faults = faults
        self._channel = channel
        self._request_id = ""
        self._watchdog = Watchdog(
            function.timeout_s,
            on_timeout=self._on_timeout,
            on_stop=self._on_stop,
            on_cut=lambda: None,
            grace_s=None,  # the invocation in flight finishes, within its own timeout
        )

    def run(self) -> NoReturn:
        """Load the function, tell the parent, and serve until it hangs up. Ends the process."""
        environment = Environment(self._function, self._load(), self._watchdog)
        self._watchdog.start()
        self._send({"ready": True})
        while True:
            request = self._next()
            self._request_id = str(request["request_id"])
            self._answer(environment, request["event"])

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
            end_process(0)

    def _answer(self, environment: Environment, event: object) -> None:
        try:
            result = environment.invoke(event, self._request_id)
        except FunctionError as error:
            self._failed(error.__cause__ or error)
        else:
            self._done(result)

    def _done(self, result: object) -> None:
        try:
            # As Lambda's runtime does it: what orjson would take beyond JSON (dates, dataclasses) fails there.
            json.dumps(result, allow_nan=False)
            self._send({"result": result})
        except (TypeError, ValueError, RecursionError, frames.FrameError) as error:
            self._send({"error": failures.unmarshalled(error)})

    def _failed(self, cause: BaseException) -> None:
        if isinstance(cause, SystemExit):  # ends the runtime on Lambda too, and counts as a failure whatever its code
            log("error", "the function ended its process", function=self._function.name, code=str(cause.code))
            end_process(cause.code if isinstance(cause.code, int) else 1 if cause.code else 0)
        failure = failures.raised(cause)
        facts = {"error": failure["errorType"], "trace": "".join(failure["stackTrace"])}
        log("error", "the function raised", function=self._function.name, function_request_id=self._request_id, **facts)
        self._send({"error": failure})

    def _send(self, message: object) -> None:
        try:
            frames.send(self._channel, frames.encode(message))
        except OSError:
            end_process(1)  # nobody is there to hear it

    def _on_timeout(self, stack: str) -> None:
        """In the watchdog's thread; the main thread is stuck in the handler and cannot come back from it."""
        name, request_id = self._function.name, self._request_id
        log("error", timed_out(self._function.timeout_s), function=name, function_request_id=request_id, trace=stack)
        self._send({"timeout": failures.timed_out(request_id, self._function.timeout_s, stack)})
        end_process(1)

    def _on_stop(self) -> None:
        # What was sent before is still read and done, and its answer still goes out; then reading finds the end.
        with suppress(OSError):  # the parent has hung up already
            self._channel.shutdown(socket.SHUT_RD)


def main() -> NoReturn:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m local.environment.worker", description=__doc__)
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--function", required=True)
    parser.add_argument("--fd", type=int, required=True, help="the socket that was inherited")
    parser.add_argument("--parent", type=int, required=True, help="the pid of who invokes: its end is ours")
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
    Worker(function, channel, faults_of_this_process(function.name, "worker")).run()


if __name__ == "__main__":
    main()
