"""Ask the authorizer of an endpoint whether a request may go on, and what the function is told of who sent it."""

import re
from collections.abc import Mapping
from uuid import uuid4

from local.apigateway.authorizer_answers import AuthorizerAnswerError, Verdict, read_verdict
from local.apigateway.authorizer_events import authorizer_event, method_arn
from local.apigateway.authorizer_identity import Identity, identity_of
from local.apigateway.authorizer_memory import Memory
from local.apigateway.endpoints import Endpoint
from local.apigateway.events import Facts
from local.apigateway.invoking import InvocationFailedError, Invoker
from local.apigateway.requests import HttpRequest
from local.template.model import Api, Authorizer

UNAUTHORIZED = "Unauthorized"
"""What an authorizer raises for a caller that it does not know, told by these very letters."""


class UnauthorizedError(Exception):
    """Nobody knows who sent the request: 401."""


class DeniedError(Exception):
    """Who sent the request may not do this: 403."""


class AuthorizerFailedError(Exception):
    """The authorizer itself failed, or answered what cannot be read: 500. The message is for the log."""

    def __init__(self, function: str, request_id: str, reason: str) -> None:
        super().__init__(reason)
        self.function = function
        self.request_id = request_id


class Gatekeeper:
    """One authorizer of one API, with what it answered before."""

    def __init__(self, authorizer: Authorizer, api: Api, invoker: Invoker) -> None:
        self._authorizer = authorizer
        self._api = api
        self._invoker = invoker
        self._memory = Memory(authorizer.ttl_s)
        self._validation = re.compile(authorizer.validation) if authorizer.validation else None

    async def admit(self, request: HttpRequest, endpoint: Endpoint, path_parameters: Mapping[str, str]) -> Facts:
        """What the function is told of the caller, as `requestContext.authorizer`.

        Raises UnauthorizedError, DeniedError, AuthorizerFailedError, InvocationThrottledError, NotInvokedError.
        """
        identity = identity_of(self._authorizer.identity, request, endpoint)
        if identity is None or (self._validation is not None and not self._validation.fullmatch(identity[0])):
            raise UnauthorizedError
        verdict = self._memory.get(identity)
        if verdict is None:
            verdict = await self._ask(request, endpoint, path_parameters, identity)
            self._memory.keep(identity, verdict)
        if not verdict.allows(method_arn(request, endpoint)):
            raise DeniedError
        return verdict.told(endpoint.route.payload_version)

    async def _ask(
        self, request: HttpRequest, endpoint: Endpoint, path_parameters: Mapping[str, str], identity: Identity
    ) -> Verdict:
        function, request_id = self._authorizer.function, str(uuid4())
        event = authorizer_event(self._authorizer, request, endpoint, path_parameters, identity, request_id)
        try:
            return read_verdict(await self._invoker.invoke(function, event, request_id), self._authorizer, self._api)
        except AuthorizerAnswerError as error:
            raise AuthorizerFailedError(function, request_id, str(error)) from error
        except InvocationFailedError as error:
            if str(error) == UNAUTHORIZED:
                raise UnauthorizedError from error
            raise AuthorizerFailedError(function, request_id, error.error_type) from error
