"""A template, API Gateway on it, and functions that are Python callables."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import orjson

from local.apigateway.answers import HttpAnswer
from local.apigateway.application import ApiGateway
from local.apigateway.invoking import InvocationFailedError
from local.apigateway.requests import HttpRequest
from local.template import Template, load_template

Event = dict[str, Any]

OK = {"statusCode": 200, "body": "ok"}


@dataclass
class FakeInvoker:
    """Functions by name; what each was asked with is kept."""

    functions: dict[str, Callable[[Event], object]]
    asked: list[tuple[str, Event]] = field(default_factory=list)

    async def invoke(self, function: str, event: object, request_id: str) -> object:
        """Through JSON and back, as a real one does."""
        told = orjson.loads(orjson.dumps(event))
        self.asked.append((function, told))
        return orjson.loads(orjson.dumps(self.functions[function](told)))

    def events(self, function: str) -> list[Event]:
        """What one function was asked with."""
        return [event for name, event in self.asked if name == function]


def raising(error: Exception) -> Callable[[Event], object]:
    """A function that ends an invocation with `error`."""

    def function(_: Event) -> object:
        raise error

    return function


def failing(message: str) -> Callable[[Event], object]:
    """A function that raises Exception(message)."""
    return raising(InvocationFailedError("Exception", message))


def read(folder: Path, resources: str, head: str = "") -> Template:
    """A template of Python functions, whose code is not run; each needs Type and Properties alone."""
    common = "Globals: { Function: { Runtime: python3.13, Handler: app.handler } }\n"
    path = folder / "template.yaml"
    indented = dedent(resources).strip("\n").replace("\n", "\n  ")
    path.write_text(f"{dedent(head) or common}Resources:\n  {indented}\n")
    return load_template(path, {})


def gateway(
    template: Template, invoker: FakeInvoker, *, strip: bool = False, skipped: frozenset[str] = frozenset()
) -> ApiGateway:
    """API Gateway with every route of the template."""
    functions = [function for function in template.functions if function.routes]
    return ApiGateway(template, functions, invoker, strip_base_path=strip, skipped_authorizers=skipped)


def ask(
    api: ApiGateway, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> HttpAnswer:
    """The answer to one request. `path` may have a query."""
    return asyncio.run(ask_in_loop(api, method, path, headers, body))


async def ask_in_loop(
    api: ApiGateway, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> HttpAnswer:
    """As `ask`, in a loop that runs already."""
    request = make_request(method, path, headers, body)
    scope = {"method": method, "raw_path": request.path.encode(), "headers": request.headers}
    return await api.answer(scope, request)


def make_request(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> HttpRequest:
    """A request from 10.0.0.9."""
    bare, _, query = path.partition("?")
    raw = [(b"host", b"localhost:8100")]
    raw += [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return HttpRequest(method, bare, query, raw, body, "10.0.0.9", 8100, "HTTP/1.1")


def header(answer: HttpAnswer, name: str) -> str | None:
    """The first value of an answer's header."""
    return next((value.decode() for key, value in answer.headers if key == name.encode()), None)
