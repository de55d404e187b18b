"""The mail catcher's errors, in the shape that every service uses."""

from http import HTTPStatus

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from local.apigateway.problems import problem
from local.apigateway.requests import correlation_of


async def on_http_error(request: Request, error: Exception) -> Response:
    """What Starlette or a handler refused."""
    assert isinstance(error, HTTPException)
    response = problem_response(request, error.status_code, error.detail)
    response.headers.update(error.headers or {})
    return response


def problem_response(
    request: Request, status: int, detail: str, errors: list[dict[str, str]] | None = None
) -> Response:
    """A problem+json response; `errors` names the fields of a 422."""
    answer = problem(
        HTTPStatus(status), detail, instance=request.url.path, correlation_id=correlation_of(request.headers.raw)
    )
    body = orjson.dumps({**orjson.loads(answer.body), "errors": errors}) if errors else answer.body
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
    return Response(body, status, headers=headers)
