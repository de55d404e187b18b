"""What `up` was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from local.faults.settings import FaultSettings
from local.paths import DataDirectory

Ports = Literal["fixed", "free"]


@dataclass(frozen=True)
class Options:
    """`ports`: fixed are the template's (8100 gateway, 1025 and 8025 mail, 8007 and 8005 Lab 6), free are any.

    `external`: the servers are not ours to start; REDIS_URL, MONGO_URL and POSTGRES_URL say where they are.
    `faults`: what is to go wrong on purpose, None for nothing.
    `lab6`: simulate the order and customer services, unless our environment says where they are.
    `auth`: ask for tokens, as in the cloud.
    `debug`: at which port a debugger can attach to which function.
    `recorded`: functions whose invocations become fixtures in the data directory.
    `packages`: the folder of built packages to run instead of the source tree.
    `traces`: where the functions' spans go, OTLP over HTTP.
    """

    data: DataDirectory
    template: Path
    ports: Ports = "fixed"
    external: bool = False
    faults: FaultSettings | None = None
    lab6: bool = True
    auth: bool = False
    debug: Mapping[str, int] = field(default_factory=dict)
    packages: Path | None = None
    recorded: tuple[str, ...] = ()
    traces: str | None = None

    def to_arguments(self) -> list[str]:
        """Return the arguments of `python -m local.supervisor` that mean the same."""
        arguments = ["--data", str(self.data.path), "--template", str(self.template), "--ports", self.ports]
        if self.external:
            arguments.append("--external")
        if not self.lab6:
            arguments.append("--no-lab6")
        if self.auth:
            arguments.append("--auth")
        if self.packages is not None:
            arguments += ["--packages", str(self.packages)]
        if self.traces is not None:
            arguments += ["--traces", self.traces]
        for function in self.recorded:
            arguments += ["--record", function]
        for function, port in self.debug.items():
            arguments += ["--debug", f"{function}:{port}"]
        return [*arguments, *self.faults.to_arguments()] if self.faults else arguments
