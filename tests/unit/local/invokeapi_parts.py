"""What the tests of the Lambda API share: a template made by hand, functions that do what they are told, requests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from local.apigateway.requests import HttpRequest
from local.runtime.contract import Invocation, Invoked, Outcome
from local.template import Function, Template

FIRST = Function(
    name="FirstFunction",
    handler="first.app.handler",
    service="first",
    port=None,
    base_path="",
    environments=1,
    timeout_s=7,
    memory_mb=256,
    environment={"REDIS_URL": "redis://:s3cret@localhost"},
    layers=(Path("layers/envelope"),),
    code_uri=Path(),
    routes=(),
    mapping=None,
    description="The first",
    function_name="first-live",
    runtime="python3.13",
)
SECOND = replace(FIRST, name="SecondFunction", function_name="", environment={}, concurrency_max=0)
SUBSCRIBER = replace(
    FIRST,
    name="Subscriber",
    function_name="",
    mapping={"Stream": "events:all", "Group": "audit", "BatchSize": 50, "TransientErrorTypes": ["X"]},
)


def template(folder: Path, *functions: Function) -> Template:
    """A template whose file is there, as its date is told."""
    path = folder / "template.yaml"
    path.touch()
    return Template(path, "", functions or (FIRST, SECOND, SUBSCRIBER), ())


def succeeded(value: object) -> Outcome:
    return Outcome(orjson.dumps(value))


def failed(error_type: str = "ValueError") -> Outcome:
    return Outcome(orjson.dumps({"errorType": error_type, "errorMessage": "no", "stackTrace": []}), error_type)


@dataclass
class ScriptedFunctions:
    """A Functions that answers what `act` returns for the nth invocation (1 is first), or raises it."""

    act: Callable[[int], Outcome | Exception] = lambda nth: succeeded(nth)
    asked: list[tuple[str, Invocation]] = field(default_factory=list)

    def names(self) -> tuple[str, ...]:
        return (FIRST.name, SECOND.name, SUBSCRIBER.name)

    async def invoke(self, function: str, invocation: Invocation) -> Invoked:
        self.asked.append((function, invocation))
        outcome = self.act(len(self.asked))
        if isinstance(outcome, Exception):
            raise outcome
        return Invoked(outcome, invocation.request_id, 1.0, None, 40, b"START\nEND\n" if invocation.wants_log else b"")

    @property
    def events(self) -> list[Any]:
        return [orjson.loads(invocation.payload) for _, invocation in self.asked]


def request(
    method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None, query: str = ""
) -> HttpRequest:
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return HttpRequest(method, path, query, raw, body, "127.0.0.1", 8100, "HTTP/1.1")
