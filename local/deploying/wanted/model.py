"""The resources that a template wants, in the words of the services that have them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from local.deploying.zips import Zip

Document: TypeAlias = Mapping[str, Any]
"""A policy document."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer by its logical id and its name; `arn` lacks the version, which is known once it is published."""

    logical: str
    name: str
    arn: str
    zip: Zip
    description: str
    runtimes: tuple[str, ...]
    architectures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Role:
    """A function's role. `managed` are ARNs, `inline` policies by their name."""

    name: str
    trust: Document
    managed: tuple[str, ...]
    inline: Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class Function:
    """A function. `layers` are logical ids of the template's layers, or ARNs of others."""

    logical: str
    name: str
    arn: str
    role_arn: str
    zip: Zip
    handler: str
    runtime: str
    memory_mb: int
    timeout_s: int
    layers: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    architecture: str
    concurrency_max: int | None
    description: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue; `attributes` as SQS names and writes them."""

    name: str
    url: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rule of EventBridge that invokes one function."""

    name: str
    arn: str
    expression: str
    function: str
    """Its logical id."""
    input_json: str | None


@dataclass(frozen=True, slots=True)
class Method:
    """What a REST API does with one method of one path. `authorizer` is one of the API's by name, or None."""

    path: str
    method: str
    function_arn: str
    authorizer: str | None
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A Lambda authorizer of a REST API; `identity` as API Gateway writes it, by commas."""

    name: str
    kind: str
    function: str
    """Its logical id."""
    function_arn: str
    identity: str
    validation: str | None
    ttl_s: int


@dataclass(frozen=True, slots=True)
class RestApi:
    """A REST API with all that is below it."""

    logical: str
    name: str
    description: str
    stage: str
    methods: tuple[Method, ...]
    authorizers: tuple[Authorizer, ...]
    variables: Mapping[str, str]
    binary_types: tuple[str, ...]
    compression_bytes_min: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """All of it, in the order in which it can be made."""

    roles: tuple[Role, ...]
    layers: tuple[Layer, ...]
    queues: tuple[Queue, ...]
    functions: tuple[Function, ...]
    apis: tuple[RestApi, ...]
    schedules: tuple[Schedule, ...]
    polled: tuple[str, ...]
    """Logical ids of the functions with an event source mapping for Redis Streams, which no cloud has."""
    left_out: tuple[str, ...]
    """What the template has beside, and this way of deploying does not make."""

    def function(self, logical: str) -> Function:
        """The function of that logical id."""
        return next(one for one in self.functions if one.logical == logical)
