"""The commands and their options."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import NoReturn, TypeAlias

from local.cli.deploy_options import add_deploy
from local.cli.errors import CommandError
from local.cli.generate_event_options import add_generate_event
from local.cli.kubernetes_options import add_kubernetes
from local.cli.lab6_options import add_lab6
from local.cli.logs_options import add_logs
from local.cli.package_options import add_package
from local.cli.parked_options import add_parked
from local.cli.serve_options import add_serve
from local.cli.template_options import add_template
from local.cli.token_options import add_token
from local.cli.top_options import add_top
from local.cli.up_options import add_up
from local.paths import DEFAULT_DATA, DEFAULT_TEMPLATE, put_layers_on_path

_GROUPS = ("unit", "contract", "integration", "e2e", "chaos", "browser")
_EPILOG = "`./recours COMMAND --help` tells a command's options. Exit codes: 0 done, 1 failed, 2 wrong use."
_INVOKE_EPILOG = """
A function that answers HTTP or runs by the clock works on the stores of the system that is up; a subscriber, or
anything while nothing is up, on empty ones that are gone afterwards. `./recours generate-event` makes events.
"""
# Commands whose arguments are read by the module that does the work.
_PASSED_ON = {"load-test": "local.loadtest", "bench": "local.benchmarks"}
_PASSED_ON_HELP = {
    "load-test": "put the running system under load",
    "bench": "measure parts side by side, on servers of their own",
}


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    _return_to_the_callers_directory()
    try:
        if arguments and arguments[0] in _PASSED_ON:
            return _pass_on(_PASSED_ON[arguments[0]], arguments[1:])
        given = read_arguments(arguments)
        return _command(given.module)(given)
    except CommandError as error:
        print(f"recours: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `./recours logs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _command(module: str) -> Callable[[argparse.Namespace], int]:
    """Import the module of one command, and nothing of the others."""
    command: Callable[[argparse.Namespace], int] = importlib.import_module(f"local.cli.{module}").command
    return command


def _pass_on(module: str, arguments: Sequence[str]) -> int:
    """Hand the arguments to the `main` of a module; it returns an exit code."""
    put_layers_on_path()
    return int(importlib.import_module(module).main(list(arguments)) or 0)


def _return_to_the_callers_directory() -> None:
    """Undo the `cd` of the bootstrap script, which needs it for `python -m local` alone."""
    directory = os.environ.pop("RECOURS_CALLED_FROM", None)
    if directory:
        os.chdir(directory)


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Return one command and its options; what stands after `--` is another program's, as `pytest_arguments`."""
    ours = list(takewhile(lambda argument: argument != "--", arguments))
    rest = list(arguments[len(ours) + 1 :])
    given = build_parser().parse_args(ours)
    if rest and given.module != "testing":
        build_parser().error("only `test` takes arguments after --")
    given.pytest_arguments = rest
    return given


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"recours: {message} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    parser = _Parser(prog="./recours", description="Customer claims as events, on a laptop.", epilog=_EPILOG)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    add_up(_add(commands, "up", "start everything and print where it is; Ctrl-C stops it"))
    _add_down(commands)
    _add_status(commands)
    add_logs(_add(commands, "logs", "show what the processes said, in order of time"))
    add_top(_add(commands, "top", "show rates, times, lag and environments, as they are now"))
    _add_test(commands)
    _add_invoke(commands)
    _add_verify(commands)
    _add_recover(commands)
    add_parked(commands, _add)
    add_lab6(commands, _add)
    add_template(commands)
    add_generate_event(commands)
    add_package(commands)
    add_deploy(commands)
    add_serve(commands, _add)
    add_kubernetes(commands, _add)
    add_token(commands, _add)
    for name, text in _PASSED_ON_HELP.items():
        commands.add_parser(name, help=text, add_help=False)
    return parser


Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"


def _add_down(commands: Commands) -> None:
    _add(commands, "down", "stop everything and wait until it is gone")


def _add_status(commands: Commands) -> None:
    parser = _add(commands, "status", "list every process; exit code 1 when nothing is up")
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")


def _add_test(commands: Commands) -> None:
    parser = commands.add_parser(
        "test",
        help="run the tests: all groups but `browser`, or one",
        usage="./recours test [GROUP] [-- PYTEST ARGUMENTS]",
        description=f"Groups: {', '.join(_GROUPS)}.",
    )
    parser.add_argument("group", nargs="?", choices=_GROUPS, metavar="GROUP", help=" | ".join(_GROUPS))
    parser.set_defaults(module="testing")


def _add_invoke(commands: Commands) -> None:
    parser = _add(commands, "invoke", "run one function once and print its answer")
    parser.epilog = _INVOKE_EPILOG
    parser.add_argument("function", metavar="FUNCTION", help="its name in the template")
    parser.add_argument("--event", required=True, metavar="FILE", help="the event as JSON; - reads standard input")
    parser.add_argument(
        "--packaged", action="store_true", help="build the packages and run the function's, under Lambda's own runtime"
    )
    parser.add_argument("--record", type=Path, metavar="FILE", help="write the event there, with personal data masked")
    parser.add_argument("--live", action="store_true", help="let a subscriber, too, change the running system's stores")
    parser.add_argument("--template", type=Path, default=DEFAULT_TEMPLATE, metavar="FILE", help="another template")


def _add_recover(commands: Commands) -> None:
    parser = _add(commands, "recover", "restore a log that lost events from the archive, or the archive from the log")
    parser.add_argument(
        "--dry-run", action="store_true", help="tell what is wrong and what would be done; change nothing"
    )
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    parser.add_argument(
        "--accept-loss", action="store_true", help="let the archive begin behind positions that nobody has any more"
    )
    parser.add_argument("--external", action="store_true", help="the servers at REDIS_URL and MONGO_URL")
    parser.add_argument("--template", type=Path, default=DEFAULT_TEMPLATE, metavar="FILE", help="another template")


def _add_verify(commands: Commands) -> None:
    parser = _add(commands, "verify", "compare every store with the log, claim by claim; exit code 1 when one is wrong")
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    parser.add_argument(
        "--wait", type=float, default=0.0, metavar="S", help="let what is in flight arrive first, S seconds at most"
    )
    parser.add_argument("--watch", action="store_true", help="again and again until Ctrl-C, with metrics")
    parser.add_argument("--interval", type=float, metavar="S", help="seconds between rounds of --watch (default 10)")
    parser.add_argument("--metrics-port", type=int, metavar="PORT", help="where --watch has its metrics (default: any)")
    parser.add_argument("--external", action="store_true", help="the servers at REDIS_URL, MONGO_URL and POSTGRES_URL")
    parser.add_argument("--template", type=Path, default=DEFAULT_TEMPLATE, metavar="FILE", help="another template")


def _add(commands: Commands, name: str, text: str) -> argparse.ArgumentParser:
    """Add a command that knows which running system is meant."""
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="which running system (default .recours/)"
    )
    parser.set_defaults(module=name)
    return parser
