"""`python -m local.environment --template FILE --function NAME --fd N`: serve one function on an inherited socket."""

import argparse
from http import HTTPStatus
from pathlib import Path
from typing import NoReturn

from local.apigateway.problems import problem
from local.apigateway.requests import correlation_of
from local.apigateway.serving import GRACE_S, InheritedSocketServer, inherited
from local.environment.application import Application
from local.environment.farewell import answer_timeout
from local.environment.invocation import Environment
from local.environment.log import log
from local.environment.start import end_process, load_function
from local.environment.watchdog import Watchdog, hold_signals, timed_out
from local.faults.process import faults_of_this_process


class Process:
    """An environment, its server, and its watchdog, wired together."""

    def __init__(self, template: Path, name: str, fd: int) -> None:
        faults = faults_of_this_process(name, "environment")
        self._function, handler = load_function(template, name)
        faults.wrap_steps()
        self._watchdog = Watchdog(
            self._function.timeout_s,
            on_timeout=self._on_timeout,
            on_stop=lambda: self._server.stop(),
            on_cut=self._on_cut,
            grace_s=GRACE_S + 0.5,
        )
        self._application = Application(Environment(self._function, handler, self._watchdog))
        answering = faults.around_application(self._application, lambda: self._server)
        self._server = InheritedSocketServer(answering, inherited(fd))

    def run(self) -> NoReturn:
        """Serve until SIGTERM, then exit with 0; with 1 after a timeout, or where an invocation had to be cut."""
        self._watchdog.start()
        self._server.run()
        end_process(0)

    def _on_timeout(self, stack: str) -> None:
        message = timed_out(self._function.timeout_s)
        facts = {"function": self._function.name, "trace": stack}
        if self._application.current is None:
            log("error", message, **facts)
            end_process(1)
        scope, request_id = self._application.current
        correlation_id = correlation_of(scope["headers"])
        log("error", message, function_request_id=request_id, correlation_id=correlation_id, **facts)
        path = scope["raw_path"].decode("latin-1")
        answer = problem(HTTPStatus.BAD_GATEWAY, message, instance=path, correlation_id=correlation_id)
        answer_timeout(self._server, scope, answer)
        end_process(1)

    def _on_cut(self) -> None:
        log("error", "the invocation in flight was cut", function=self._function.name)
        end_process(1)


def main() -> NoReturn:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m local.environment", description=__doc__)
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--function", required=True)
    parser.add_argument("--fd", type=int, required=True, help="the listening socket that was inherited")
    arguments = parser.parse_args()
    hold_signals()
    Process(arguments.template, arguments.function, arguments.fd).run()


if __name__ == "__main__":
    main()
