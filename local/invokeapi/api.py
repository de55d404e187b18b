"""`InvokeApi`: one request to the Lambda API in, its answer out."""

import base64
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qs
from uuid import uuid4

import orjson

from local.apigateway.answers import HttpAnswer
from local.apigateway.requests import HttpRequest
from local.apigateway.router import NoRouteError, Router
from local.environment.log import log
from local.invokeapi.answering import empty_answer, json_answer
from local.invokeapi.asynchronous.queue import AsynchronousInvocations, QueueError
from local.invokeapi.catalogue import Catalogue
from local.invokeapi.errors import LambdaApiError, not_emulated, not_found, throttled, unavailable
from local.invokeapi.invocations import InvocationType, InvokeRequest, read_invoke
from local.invokeapi.limits import ANSWER_BYTES_MAX
from local.invokeapi.names import LATEST, NamedFunction, find_function
from local.invokeapi.operations import ROUTES, LambdaOperation
from local.invokeapi.origins import refuse_other_sites
from local.invokeapi.signatures import Signatures
from local.runtime.contract import (
    Functions,
    Invocation,
    Outcome,
    ThrottledError,
    UnavailableError,
    UnknownFunctionError,
)
from local.template import Template

TOO_LARGE_ANSWER = Outcome(
    orjson.dumps(
        {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": f"Response payload size exceeded maximum allowed payload size ({ANSWER_BYTES_MAX} bytes).",
        }
    ),
    "Function.ResponseSizeTooLarge",
)


class InvokeApi:
    """The Lambda API over the functions of a template.

    `queue` takes the asynchronous invocations. Without `signatures` any credentials will do.
    """

    def __init__(
        self,
        template: Template,
        functions: Functions,
        queue: AsynchronousInvocations,
        signatures: Signatures | None = None,
    ) -> None:
        self._template = template
        self._signatures = signatures
        self._functions = functions
        self._queue = queue
        self._catalogue = Catalogue(template, queue.settings)
        self._router = Router(ROUTES)

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        """Answer a request; None where its path is none of the Lambda API. Raises WrongMethodError."""
        try:
            match = self._router.match(request.method, request.path)
        except NoRouteError:
            return None
        request_id = str(uuid4())
        try:
            refuse_other_sites(request)
            if self._signatures is not None:
                self._signatures.check(request)
            return await self._answer(match.target, request, match.path_parameters, request_id)
        except LambdaApiError as error:
            headers = {"x-amzn-errortype": error.kind, **error.headers}
            return json_answer(request_id, error.status, orjson.dumps(error.body), headers)

    async def _answer(
        self, operation: LambdaOperation, request: HttpRequest, parameters: Mapping[str, str], request_id: str
    ) -> HttpAnswer:
        query = _query(request)
        if operation is LambdaOperation.INVOKE_WITH_RESPONSE_STREAM:
            raise not_emulated("InvokeWithResponseStream (use Invoke: Python functions answer as a whole)")
        if operation is LambdaOperation.INVOKE:
            named = find_function(self._template, parameters["name"], query.get("Qualifier", ""))
            return await self._invoke(named, read_invoke(request), request_id)
        return json_answer(request_id, HTTPStatus.OK, orjson.dumps(self._catalogue.tell(operation, query, parameters)))

    async def _invoke(self, named: NamedFunction, wanted: InvokeRequest, request_id: str) -> HttpAnswer:
        match wanted.kind:
            case InvocationType.DRY_RUN:
                return empty_answer(request_id, HTTPStatus.NO_CONTENT)
            case InvocationType.EVENT:
                return await self._accept(named, wanted, request_id)
            case InvocationType.REQUEST_RESPONSE:
                return await self._wait(named, wanted, request_id)

    async def _accept(self, named: NamedFunction, wanted: InvokeRequest, request_id: str) -> HttpAnswer:
        try:
            await self._queue.accept(named.function.name, request_id, wanted.payload)
        except QueueError as error:
            log("error", "an event could not be queued", function=named.name, reason=str(error))
            raise unavailable("The event could not be written to disk; it will not be handled") from error
        return empty_answer(request_id, HTTPStatus.ACCEPTED)

    async def _wait(self, named: NamedFunction, wanted: InvokeRequest, request_id: str) -> HttpAnswer:
        invocation = Invocation(request_id, wanted.payload, wanted.client_context, wants_log=wanted.wants_log)
        try:
            invoked = await self._functions.invoke(named.function.name, invocation)
        except ThrottledError as error:
            raise throttled() from error
        except UnavailableError as error:
            raise unavailable(f"The function was not invoked: {error}") from error
        except UnknownFunctionError as error:
            raise not_found(f"Function not found: {named.arn}") from error
        outcome = invoked.outcome if len(invoked.outcome.payload) <= ANSWER_BYTES_MAX else TOO_LARGE_ANSWER
        headers = {"x-amz-executed-version": LATEST}
        if outcome.is_error:
            headers["x-amz-function-error"] = "Unhandled"
        if wanted.wants_log:
            headers["x-amz-log-result"] = base64.b64encode(invoked.log_tail).decode()
        return json_answer(request_id, HTTPStatus.OK, outcome.payload, headers)


def _query(request: HttpRequest) -> dict[str, str]:
    """The last value of each parameter of the query."""
    return {name: values[-1] for name, values in parse_qs(request.query, keep_blank_values=True).items()}
