"""A service's HTTP functions as a Chalice app: routes, correlation, problems, metrics.

Chalice answers 500 for a foreign exception before middleware can see it, so every view is wrapped where it is
registered. The current request is kept on the app: one invocation at a time, as in an execution environment.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from chalice import Chalice, Response
from chalice.app import Request
from pydantic import BaseModel

from envelope import Actor
from handlers.problems import Problem, problem_of
from handlers.requests import RequestIds, parse_body, parse_query, request_ids
from handlers.responses import to_json_text
from metrics.catalog import HTTP_REQUEST_DURATION
from metrics.logs import logger

Model = TypeVar("Model", bound=BaseModel)
View = Callable[..., Response]


@dataclass(frozen=True)
class Operation:
    """One route as its OpenAPI description tells it."""

    method: str
    path: str
    name: str
    summary: str
    status: int = 200
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    response: type[BaseModel] | None = None
    headers: tuple[str, ...] = ()


class ServiceApp(Chalice):
    """Callable as a Lambda handler: `app(event, context)` with an API Gateway REST proxy event (payload 1.0)."""

    def __init__(self, service: str, *, title: str, description: str) -> None:
        super().__init__(app_name=service, configure_logs=False)
        self.service = service
        self.title = title
        self.description = description
        self.base_path = f"/{service.replace('_', '-')}-service"
        self.operations: list[Operation] = []
        self._ids = RequestIds("", None)
        self._prefix = ""

    def operation(
        self,
        method: str,
        path: str,
        *,
        summary: str,
        status: int = 200,
        query: type[BaseModel] | None = None,
        body: type[BaseModel] | None = None,
        response: type[BaseModel] | None = None,
        headers: tuple[str, ...] = (),
    ) -> Callable[[View], View]:
        """Register a view; errors it raises become problems. What follows the path describes it for OpenAPI."""

        def register(view: View) -> View:
            name = view.__name__
            self.operations.append(Operation(method, path, name, summary, status, query, body, response, headers))
            # No content types: Chalice would answer a wrong one in a form of its own; read_body refuses it instead.
            self.route(path, methods=[method], content_types=[], name=name)(self._with_problems(view))
            return view

        return register

    def read_body(self, model: type[Model], *, optional: bool = False) -> Model:
        """The validated JSON body. Raises what `handlers.requests.parse_body` raises."""
        return parse_body(model, self._raw_body(), self.header("Content-Type"), optional=optional)

    def read_query(self, model: type[Model]) -> Model:
        """The validated query string. Raises InvalidError."""
        return parse_query(model, self._request().to_original_event()["multiValueQueryStringParameters"])

    def header(self, name: str) -> str | None:
        """A request header by its name in any case."""
        value: str | None = self._request().headers.get(name)
        return value

    def request_ids(self) -> RequestIds:
        """The correlation id (given or made) and the causation id of this request."""
        return self._ids

    def actor(self) -> Actor:
        """Who calls, as the authorizer told; anonymous where none runs."""
        told = self._request().context.get("authorizer") or {}
        return Actor(type=told["role"], id=told["principalId"]) if "role" in told else Actor()

    def public_path(self, path: str) -> str:
        """A path of this service as the client knows it: behind the gateway, with the service's base path in front."""
        return self._prefix + path

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one request."""
        started = time.perf_counter()
        event = self._without_base_path(event)
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        self._ids = request_ids(headers)
        # No other: a client that says what it likes would have it in Location.
        if headers.get("x-forwarded-prefix") == self.base_path:
            self._prefix = self.base_path
        logger.append_keys(correlation_id=self._ids.correlation_id)
        answer = self._answer(event, context)
        answer["headers"]["X-Correlation-ID"] = self._ids.correlation_id
        self._observe(event["requestContext"], answer["statusCode"], time.perf_counter() - started)
        return answer

    def _answer(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        route, method = event["requestContext"]["resourcePath"], event["requestContext"]["httpMethod"]
        methods = self.routes.get(route, {})
        if method in methods:
            answer: dict[str, Any] = super().__call__(event, context)
            return answer
        # Only a template that names more than the app has leads here; Chalice would answer in a form of its own.
        if methods:
            problem = Problem(HTTPStatus.METHOD_NOT_ALLOWED, f"{route} does not take {method}", "method-not-allowed")
        else:
            problem = Problem(HTTPStatus.NOT_FOUND, f"{self.service} has no route {route}", "no-route")
        refused = self._respond(problem, event.get("path", route)).to_dict()
        refused["headers"].update({"Allow": ", ".join(sorted(methods))} if methods else {})
        return refused

    def _without_base_path(self, event: dict[str, Any]) -> dict[str, Any]:
        """Behind API Gateway the paths carry the service's base path; the routes stand without it."""
        self._prefix = ""
        resource = event["requestContext"]["resourcePath"]
        if not resource.startswith(self.base_path + "/"):
            return event
        self._prefix = self.base_path
        context = {**event["requestContext"], "resourcePath": resource.removeprefix(self.base_path)}
        return {**event, "requestContext": context}

    def _with_problems(self, view: View) -> View:
        @wraps(view)
        def guarded(**arguments: str) -> Response:
            try:
                return view(**arguments)
            except Exception as error:  # noqa: BLE001 (every error of a view ends here, as an answer)
                problem = problem_of(error)
                if problem.status is HTTPStatus.INTERNAL_SERVER_ERROR:
                    logger.exception("request failed")
                return self._respond(problem, self._instance())

        return guarded

    def _respond(self, problem: Problem, instance: str) -> Response:
        body = problem.body(instance, self._ids.correlation_id)
        return Response(to_json_text(body), {**problem.headers()}, int(problem.status))

    def _instance(self) -> str:
        request = self._request()
        path: str = request.to_original_event().get("path") or request.path
        return path if path.startswith(self.base_path + "/") else self.public_path(path)

    def _raw_body(self) -> bytes:
        body = self._request().raw_body
        return body.encode() if isinstance(body, str) else body

    def _request(self) -> Request:
        assert self.current_request is not None, "outside of a request"
        return self.current_request

    def _observe(self, request: dict[str, Any], status: int, seconds: float) -> None:
        method, route = request["httpMethod"], request["resourcePath"]
        HTTP_REQUEST_DURATION.labels(self.service, method, route, str(status)).observe(seconds)
        logger.info(
            "request answered",
            extra={"method": method, "route": route, "status": status, "duration_ms": round(seconds * 1000, 3)},
        )
