"""A service's HTTP functions as a Chalice app: routes, correlation, problems, metrics.

Chalice answers 500 for a foreign exception before middleware can see it, so every view is wrapped where it is
registered. The current request is kept on the app: one invocation at a time, as in an execution environment.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from chalice import Chalice, Response
from chalice.app import Request
from pydantic import BaseModel

from envelope import Actor
from handlers.access import is_allowed, is_open
from handlers.callers import ANONYMOUS, Caller, caller_of, is_auth_required
from handlers.masking import mask_of
from handlers.problems import ForbiddenError, Problem, problem_of
from handlers.requests import RequestIds, parse_body, parse_query, request_ids
from handlers.responses import JSON, masked_response, to_json_text
from metrics import tracing
from metrics.catalog import HTTP_REQUEST_DURATION
from metrics.instruments import exemplar_of, flush_metrics
from metrics.logs import logger

Model = TypeVar("Model", bound=BaseModel)
View = Callable[..., Response]

_UNREMARKABLE = frozenset({"/health", "/health/ready", "/metrics", "/openapi.json", "/docs", "/docs/{asset}"})


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
        self._caller = ANONYMOUS
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
            self.route(path, methods=[method], content_types=[], name=name)(self._guarded(view, method, path))
            return view

        return register

    def read_body(
        self, model: type[Model], *, optional: bool = False, filled_in: Mapping[str, Any] | None = None
    ) -> Model:
        """The validated JSON body; `filled_in` are fields that a client may leave away.

        Raises what `handlers.requests.parse_body` raises.
        """
        content_type = self.header("Content-Type")
        return parse_body(model, self._raw_body(), content_type, optional=optional, filled_in=filled_in)

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

    def caller(self) -> Caller:
        """Who calls, as the authorizer told; ANONYMOUS where nobody is asked who they are."""
        return self._caller

    def actor(self) -> Actor:
        """Who calls, as an event names them."""
        return self._caller.actor()

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
        correlation_id = self._ids.correlation_id
        # Only for this long: what is logged between two requests is not the former's.
        with (
            logger.append_context_keys(correlation_id=correlation_id),
            tracing.request(event, headers, correlation_id) as span,
        ):
            answer = self._answer(event, context)
            answer["headers"]["X-Correlation-ID"] = correlation_id
            span.answered(answer["statusCode"])
            self._observe(event, answer["statusCode"], time.perf_counter() - started)
        flush_metrics()
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

    def _guarded(self, view: View, method: str, path: str) -> View:
        """The view for those who may use it; what it raises becomes a problem."""

        @wraps(view)
        def guarded(**arguments: str) -> Response:
            try:
                self._caller = self._admit(method, self.base_path + path)
                return self._shown(view(**arguments))
            except Exception as error:  # noqa: BLE001 (every error of a view ends here, as an answer)
                problem = problem_of(error)
                if problem.status is HTTPStatus.INTERNAL_SERVER_ERROR:
                    logger.exception("request failed")
                return self._respond(problem, self._instance())

        return guarded

    def _admit(self, method: str, path: str) -> Caller:
        """Who calls. Raises UnauthorizedError, ForbiddenError.

        API Gateway's authorizer has refused most of them before. Asked here again, a route stays closed where a
        template forgets the authorizer, or a function is reached in another way.
        """
        if not is_auth_required() or is_open(method, path):
            return ANONYMOUS
        caller = caller_of(self._request().context.get("authorizer"))
        if not is_allowed(caller.role, method, path):
            raise ForbiddenError(f"the role {caller.role} may not do this")
        return caller

    def _shown(self, answer: Response) -> Response:
        """The answer without the personal data that the caller may not see."""
        mask = mask_of(self._caller)
        return answer if mask is None or answer.headers.get("Content-Type") != JSON else masked_response(answer, mask)

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

    def _observe(self, event: dict[str, Any], status: int, seconds: float) -> None:
        method, route = event["requestContext"]["httpMethod"], event["requestContext"]["resourcePath"]
        exemplar = exemplar_of(self._ids.correlation_id)
        HTTP_REQUEST_DURATION.labels(self.service, method, route, str(status)).observe(seconds, exemplar)
        facts = {"method": method, "route": route, "status": status, "duration_ms": round(seconds * 1000, 3)}
        claim_id = (event.get("pathParameters") or {}).get("claim_id")
        if claim_id is not None:
            facts["claim_id"] = claim_id
        # Somebody asks for health and metrics every few seconds, and nobody looks for it.
        tell = logger.debug if route in _UNREMARKABLE else logger.info
        tell("request answered", extra=facts)
