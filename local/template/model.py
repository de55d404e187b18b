"""What the emulator needs to know of a SAM template, and nothing of how YAML or CloudFormation spell it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from local.schedules.expressions import Expression

ApiKind: TypeAlias = Literal["rest", "http"]
AuthorizerKind: TypeAlias = Literal["TOKEN", "REQUEST"]
PayloadVersion: TypeAlias = Literal["1.0", "2.0"]


class TemplateError(Exception):
    """The template cannot be run as it stands. One line that names the resource and the property."""


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A Lambda authorizer of an API. `function` is a logical id of the template."""

    name: str
    function: str
    kind: AuthorizerKind
    payload_version: PayloadVersion
    simple_answers: bool = False
    """`EnableSimpleResponses`: the function answers `{"isAuthorized": …}` instead of a policy."""
    identity: tuple[str, ...] = ("header:authorization",)
    """What must be there for the function to be asked, and what its answer is remembered by: `header:`, `query:`,
    `context:` or `stage:` and the name (a header's in lower case)."""
    validation: str | None = None
    """`ValidationExpression`: a token that does not match it is refused without asking."""
    ttl_s: int = 300
    """How long an answer is remembered; 0 for not at all."""


@dataclass(frozen=True, slots=True)
class Cors:
    """What browsers of other origins may do. Empty texts and None: that header is not sent."""

    allow_origins: tuple[str, ...] = ()
    allow_methods: str = ""
    allow_headers: str = ""
    expose_headers: str = ""
    max_age_s: int | None = None
    allow_credentials: bool = False


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """What a REST API's own answers of one kind have instead (None) or beside."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Api:
    """An API resource, or the implicit one of events that name none (`ServerlessRestApi`, `ServerlessHttpApi`)."""

    name: str
    kind: ApiKind
    stage: str
    authorizers: tuple[Authorizer, ...] = ()
    cors: Cors | None = None
    binary_types: tuple[str, ...] = ()
    """`BinaryMediaTypes` of a REST API, `~1` read as `/`."""
    compression_bytes_min: int | None = None
    """`MinimumCompressionSize`: answers from this size on are compressed for who accepts it."""
    preflight_authorizer: str | None = None
    """Who is asked before a REST API answers a preflight, as SAM has it by default where an API has a default."""
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    gateway_responses: Mapping[str, GatewayResponse] = field(default_factory=dict)
    """By response type: `UNAUTHORIZED`, `DEFAULT_4XX`, …"""


@dataclass(frozen=True, slots=True)
class Route:
    """One API route. `method` is upper case, or `ANY`; `path` is the template's own, base path included.

    `path` is `$default` for the catch-all route of an HTTP API. `authorizer` names one of the API's; None: open to all.
    """

    method: str
    path: str
    api: str = ""
    payload_version: PayloadVersion = "1.0"
    authorizer: str | None = None
    timeout_ms: int = 29_000
    """`TimeoutInMillis`: how long API Gateway waits for the function."""


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
    function_name: str = ""
    """`FunctionName`, or empty: then it goes by its logical id."""
    concurrency_max: int | None = None
    """`ReservedConcurrentExecutions`: more invocations at once are throttled."""
    runtime: str = ""
    """`python3.13`."""
    skipped_without_auth: bool = False
    """`Metadata.Recours.SkippedWithoutAuth`: an authorizer that `up` asks only where `--auth` is given."""

    event_invoke: Mapping[str, object] = field(default_factory=dict)
    """`EventInvokeConfig` with its values resolved; empty for Lambda's defaults."""

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
    apis: Mapping[str, Api] = field(default_factory=dict)
    """By logical id."""

    def function(self, name: str) -> Function:
        """The function with that logical id. Raises TemplateError that lists the ones there are."""
        for function in self.functions:
            if function.name == name:
                return function
        known = ", ".join(function.name for function in self.functions) or "none"
        raise TemplateError(f"{self.path.name} has no function {name}; it has: {known}")
