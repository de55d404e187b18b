"""What API Gateway answers where the function has no answer, or was not asked.

A REST API and an HTTP API differ in the status for a function that fails or takes too long. `GatewayResponses` of a
REST API change a refusal's status and add headers; what it says stays a problem.
Source: "Gateway response types for API Gateway" and the integrations' pages in the API Gateway developer guide.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from local.apigateway.answers import HttpAnswer, MalformedAnswerError
from local.apigateway.authorizing import AuthorizerFailedError, DeniedError, UnauthorizedError
from local.apigateway.bodies import EVENT_BYTES_MAX, EventTooLargeError
from local.apigateway.invoking import (
    InvocationFailedError,
    InvocationThrottledError,
    InvocationTimedOutError,
    NotInvokedError,
)
from local.apigateway.problems import problem
from local.apigateway.requests import HttpRequest
from local.environment.log import log
from local.template.model import Api

REFUSALS = (
    AuthorizerFailedError,
    DeniedError,
    EventTooLargeError,
    InvocationFailedError,
    InvocationThrottledError,
    MalformedAnswerError,
    NotInvokedError,
    TimeoutError,
    UnauthorizedError,
)
RETRY_AFTER = {"retry-after": "1"}
CHALLENGE = {"www-authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """`kind` is the gateway response's type, `log_line` the message of a line in the log, or empty for none."""

    kind: str
    status: HTTPStatus
    detail: str
    headers: Mapping[str, str] | None = None
    log_line: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of whom: the facts of a log line."""

    request: HttpRequest
    api: Api
    function: str
    request_id: str
    timeout_ms: int


def refuse(asked: Asked, error: Exception, correlation_id: str) -> HttpAnswer:
    """The answer for one of `REFUSALS`; what a person has to look into is logged."""
    refusal = _refusal(asked, error)
    if refusal.log_line:
        _log(asked, refusal.log_line, error, correlation_id)
    answer = problem(
        refusal.status,
        refusal.detail,
        instance=asked.request.path,
        correlation_id=correlation_id,
        headers=refusal.headers,
    )
    return _customized(answer, refusal.kind, asked.api)


def _refusal(asked: Asked, error: Exception) -> Refusal:
    match error:
        case UnauthorizedError():
            return Refusal("UNAUTHORIZED", HTTPStatus.UNAUTHORIZED, "Tell who you are", CHALLENGE)
        case DeniedError():
            return Refusal("ACCESS_DENIED", HTTPStatus.FORBIDDEN, "You may not do this")
        case AuthorizerFailedError():
            detail = "The authorizer failed"
            return Refusal(
                "AUTHORIZER_FAILURE", HTTPStatus.INTERNAL_SERVER_ERROR, detail, log_line="the authorizer failed"
            )
        case EventTooLargeError():
            detail = f"With its body the event is over Lambda's limit of {EVENT_BYTES_MAX} bytes"
            return Refusal("REQUEST_TOO_LARGE", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        case InvocationThrottledError():
            detail = "The function has all the invocations that it may have at once; nothing was done"
            return Refusal("THROTTLED", HTTPStatus.TOO_MANY_REQUESTS, detail, RETRY_AFTER)
        case NotInvokedError():
            detail = "The function could not be invoked; nothing was done, repeat the request"
            return Refusal("INTEGRATION_FAILURE", HTTPStatus.SERVICE_UNAVAILABLE, detail, RETRY_AFTER)
        case TimeoutError():
            detail = f"The function did not answer within API Gateway's limit of {asked.timeout_ms / 1000:g} seconds"
            status = HTTPStatus.GATEWAY_TIMEOUT if asked.api.kind == "rest" else HTTPStatus.SERVICE_UNAVAILABLE
            return Refusal("INTEGRATION_TIMEOUT", status, detail, log_line="the function did not answer in time")
        case _:
            return _failure(asked, error)


def _failure(asked: Asked, error: Exception) -> Refusal:
    status = HTTPStatus.BAD_GATEWAY if asked.api.kind == "rest" else HTTPStatus.INTERNAL_SERVER_ERROR
    match error:
        case MalformedAnswerError():
            detail, line = "The function's answer is malformed", "malformed proxy answer"
        case InvocationTimedOutError():
            detail = line = str(error)
        case _:
            # What it raised stands in the function's own log, under the same request id.
            detail, line = "The function failed", "the function raised"
    return Refusal("DEFAULT_5XX", status, detail, log_line=line)


def _log(asked: Asked, message: str, error: Exception, correlation_id: str) -> None:
    function, request_id = asked.function, asked.request_id
    if isinstance(error, AuthorizerFailedError):
        function, request_id = error.function, error.request_id
    facts = {"error": error.error_type} if isinstance(error, InvocationFailedError) else {"reason": str(error)}
    log("error", message, function=function, function_request_id=request_id, correlation_id=correlation_id, **facts)


def _customized(answer: HttpAnswer, kind: str, api: Api) -> HttpAnswer:
    if not api.gateway_responses:
        return answer
    general = "DEFAULT_4XX" if answer.status < 500 else "DEFAULT_5XX"
    response = api.gateway_responses.get(kind) or api.gateway_responses.get(general)
    if response is None:
        return answer
    added = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in response.headers.items()]
    names = {name for name, _ in added}
    kept = [header for header in answer.headers if header[0] not in names]
    return replace(answer, status=response.status or answer.status, headers=kept + added)
