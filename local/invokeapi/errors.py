"""What the Lambda API refuses, in the shape that the SDKs turn into exceptions of the same names.

Source: the "Errors" of the Invoke page of the Lambda API reference, and botocore's model of it, which reads the message
from `Message` for some errors and from `message` for the others.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Literal

Fault = Literal["User", "Service"]

_CAPITAL = frozenset({"ResourceNotFoundException", "ServiceException", "AccessDeniedException"})


class LambdaApiError(Exception):
    """A request is refused. `kind` is the exception's name in Lambda's API."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        message: str,
        *,
        fault: Fault = "User",
        members: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.headers = dict(headers or {})
        self.body = {**(members or {}), "Type": fault, "Message" if kind in _CAPITAL else "message": message}


def not_found(message: str) -> LambdaApiError:
    """There is no such function, version or mapping."""
    return LambdaApiError(HTTPStatus.NOT_FOUND, "ResourceNotFoundException", message)


def invalid_parameter(message: str) -> LambdaApiError:
    """A parameter has a value that it may not have."""
    return LambdaApiError(HTTPStatus.BAD_REQUEST, "InvalidParameterValueException", message)


def invalid_content(message: str) -> LambdaApiError:
    """The body, or the client context, is not JSON."""
    return LambdaApiError(HTTPStatus.BAD_REQUEST, "InvalidRequestContentException", message)


def too_large(bytes_max: int) -> LambdaApiError:
    """The event is over the limit. The API reference says RequestTooLargeException; Lambda says this."""
    message = f"Request must be smaller than {bytes_max} bytes for the InvokeFunction operation"
    return LambdaApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestEntityTooLargeException", message)


def throttled() -> LambdaApiError:
    """As many invocations run as the function may have."""
    return LambdaApiError(
        HTTPStatus.TOO_MANY_REQUESTS,
        "TooManyRequestsException",
        "Rate Exceeded.",
        members={"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"},
        headers={"retry-after": "1"},
    )


def unavailable(message: str) -> LambdaApiError:
    """The function was not invoked, for a reason that passes. The SDKs repeat the request by themselves."""
    return LambdaApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "ServiceException", message, fault="Service")


def access_denied(message: str) -> LambdaApiError:
    """Who asks may not."""
    return LambdaApiError(HTTPStatus.FORBIDDEN, "AccessDeniedException", message)


def not_emulated(operation: str) -> LambdaApiError:
    """Lambda has this operation and the emulator does not."""
    message = f"{operation} is not emulated here"
    return LambdaApiError(HTTPStatus.NOT_IMPLEMENTED, "UnsupportedOperationException", message, fault="Service")


def missing_signature() -> LambdaApiError:
    """The request is not signed."""
    return LambdaApiError(
        HTTPStatus.FORBIDDEN,
        "MissingAuthenticationTokenException",
        "Missing Authentication Token: sign it with what `./recours token --aws` prints",
    )


def unknown_client() -> LambdaApiError:
    """The access key is nobody's."""
    message = "The security token included in the request is invalid: use what `./recours token --aws` prints"
    return LambdaApiError(HTTPStatus.FORBIDDEN, "UnrecognizedClientException", message)


def bad_signature(message: str) -> LambdaApiError:
    """The access key is known, and the signature is not its owner's, or for another request."""
    return LambdaApiError(HTTPStatus.FORBIDDEN, "InvalidSignatureException", message)
