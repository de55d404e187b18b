"""What the emulator needs to know of a SAM template, and nothing of how YAML or CloudFormation spell it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.schedules.expressions import Expression


class TemplateError(Exception):
    """The template cannot be run as it stands. One line that names the resource and the property."""


@dataclass(frozen=True, slots=True)
class Route:
    """One API route. `method` is upper case, or `ANY`; `path` is the template's own, base path included."""

    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule of a function. `source` and `arn` tell the function who invokes it."""

    name: str
    """The event's name in the template."""
    expression: str
    """As written: `rate(1 minute)`."""
    when: Expression
    source: str
    """`aws.events` for a Schedule, `aws.scheduler` for a ScheduleV2."""
    arn: str
    input_json: str | None = None
    """The event to invoke with, in place of the usual one."""


@dataclass(frozen=True, slots=True)
class Function:
    """One `AWS::Serverless::Function` with its globals merged and every value resolved."""

    name: str
    """The logical id in the template."""
    handler: str
    """`package.module.attribute`, looked up in `code_uri` and in the layers."""
    service: str
    """`Metadata.Recours.Service`, or the logical id in a template that is not ours."""
    port: int | None
    base_path: str
    """What the gateway prefixes and the service's own port does not: `/claims-service`, or empty."""
    environments: int
    """Execution environments kept warm, at least 1."""
    timeout_s: int
    memory_mb: int
    environment: Mapping[str, str]
    layers: tuple[Path, ...]
    """The folder of each layer in the template's order; the packages stand in its `python/`."""
    code_uri: Path
    routes: tuple[Route, ...]
    mapping: Mapping[str, object] | None
    """`Metadata.EventSourceMapping` as written, or None for a function without a stream."""
    description: str = ""
    schedules: tuple[Schedule, ...] = ()
    """Those that are enabled."""

    def local_path(self, route: Route) -> str:
        """The route's path on the service's own port, where it stands without the base path."""
        return route.path.removeprefix(self.base_path) or "/"


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read, with its functions in the order in which they stand."""

    path: Path
    description: str
    functions: tuple[Function, ...]
    not_emulated: tuple[str, ...]
    """`LogicalId (Type)` of each resource that is left to the cloud, so that a command can say so."""

    def function(self, name: str) -> Function:
        """The function with that logical id. Raises TemplateError that lists the ones there are."""
        for function in self.functions:
            if function.name == name:
                return function
        known = ", ".join(function.name for function in self.functions) or "none"
        raise TemplateError(f"{self.path.name} has no function {name}; it has: {known}")
