"""What the gateway's process is told on its command line."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.paths import DataDirectory

GATEWAY = "gateway"
"""The name of the gateway's own socket; every other one is a service's."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`listeners`: file descriptors of listening sockets by name. `processes_max`: environments of one function."""

    template: Path
    data: DataDirectory
    listeners: dict[str, int]
    announcement: Path | None
    processes_max: int | None
    obeys_skippable_authorizers: bool
    debug_ports: Mapping[str, int] = field(default_factory=dict)
    """Where a debugger can attach, by function: one environment then, and no time kept."""
    packages: Path | None = None
    """The folder of built packages to run instead of the source tree."""
    recorded: tuple[str, ...] = ()
    """Functions whose invocations become fixtures in the data directory."""

    def to_arguments(self) -> list[str]:
        """The command line that means the same."""
        arguments = ["--template", str(self.template), "--data", str(self.data.path)]
        for name, fd in self.listeners.items():
            arguments += ["--listen", f"{name}={fd}"]
        if self.announcement is not None:
            arguments += ["--announce", str(self.announcement)]
        if self.processes_max is not None:
            arguments += ["--processes-max", str(self.processes_max)]
        if self.packages is not None:
            arguments += ["--packages", str(self.packages)]
        for function in self.recorded:
            arguments += ["--record", function]
        for function, port in self.debug_ports.items():
            arguments += ["--debug", f"{function}={port}"]
        return [*arguments, *(["--auth"] if self.obeys_skippable_authorizers else [])]


def parse_settings(arguments: list[str] | None = None) -> Settings:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m local.gateway")
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="a folder for logs, metrics and who runs")
    parser.add_argument(
        "--listen",
        action="append",
        type=_numbered,
        required=True,
        metavar="NAME=FD",
        help=f"a listening socket that was inherited: {GATEWAY}, with every route, or a service's, with its own",
    )
    parser.add_argument("--announce", type=Path, help="where to leave word once the functions are loaded")
    parser.add_argument("--processes-max", type=int, help="environments that one function may have")
    parser.add_argument("--auth", action="store_true", help="ask also the authorizers that may be skipped on a laptop")
    parser.add_argument(
        "--debug", action="append", type=_numbered, default=[], metavar="FUNCTION=PORT", help="let a debugger attach"
    )
    parser.add_argument("--packages", type=Path, help="run the packages in this folder instead of the source tree")
    parser.add_argument("--record", action="append", default=[], metavar="FUNCTION", help="make fixtures of what comes")
    given = parser.parse_args(arguments)
    return Settings(
        template=given.template,
        data=DataDirectory(given.data),
        listeners=dict(given.listen),
        announcement=given.announce,
        processes_max=given.processes_max,
        obeys_skippable_authorizers=given.auth,
        debug_ports=dict(given.debug),
        packages=given.packages,
        recorded=tuple(given.record),
    )


def _numbered(text: str) -> tuple[str, int]:
    name, _, number = text.rpartition("=")
    if not name or not number.isdigit():
        raise argparse.ArgumentTypeError(f"{text} is not NAME=NUMBER")
    return name, int(number)
