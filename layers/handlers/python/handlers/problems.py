"""Errors as `application/problem+json` (RFC 9457)."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from envelope.errors import (
    InvalidError,
    NotFoundError,
    PreconditionError,
    RecoursError,
    RejectedError,
    RetryableError,
    UnreadableError,
)

CONTENT_TYPE = "application/problem+json"


class NotJsonError(RecoursError):
    """The body is not JSON: HTTP 400."""


class MediaTypeError(RecoursError):
    """The body is said to be something other than JSON: HTTP 415."""


class TooLargeError(RecoursError):
    """The body is larger than the contract allows: HTTP 413."""


class UnauthorizedError(RecoursError):
    """Nobody knows who calls: HTTP 401."""


class ForbiddenError(RecoursError):
    """Who calls is known, and may not: HTTP 403. What may not even be known to exist is a NotFoundError instead."""


_STATUS_OF: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (NotJsonError, HTTPStatus.BAD_REQUEST),
    (MediaTypeError, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (UnauthorizedError, HTTPStatus.UNAUTHORIZED),
    (ForbiddenError, HTTPStatus.FORBIDDEN),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (PreconditionError, HTTPStatus.PRECONDITION_FAILED),
    (InvalidError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (RejectedError, HTTPStatus.CONFLICT),
    (RetryableError, HTTPStatus.SERVICE_UNAVAILABLE),
    (UnreadableError, HTTPStatus.BAD_REQUEST),
)


@dataclass(frozen=True)
class Problem:
    """One answer that tells what went wrong and, where it can be said, what to do."""

    status: HTTPStatus
    detail: str
    kind: str
    errors: tuple[tuple[str, str], ...] = ()
    retry_after_s: int | None = None

    def body(self, instance: str, correlation_id: str) -> dict[str, Any]:
        """The members of RFC 9457, the correlation id, and `error` (the detail again, for a reader of one field)."""
        members: dict[str, Any] = {
            "type": f"urn:recours:problem:{self.kind}",
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": self.detail,
            "instance": instance,
            "correlation_id": correlation_id,
            "error": self.detail,
        }
        if self.status is HTTPStatus.UNPROCESSABLE_ENTITY:
            members["errors"] = [{"field": field, "message": message} for field, message in self.errors]
        return members

    def headers(self) -> dict[str, str]:
        """Content-Type, Retry-After (seconds) where a repeat may help, WWW-Authenticate where a token would."""
        headers = {"Content-Type": CONTENT_TYPE}
        if self.status is HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        if self.retry_after_s is not None:
            headers["Retry-After"] = str(self.retry_after_s)
        return headers


def problem_of(error: Exception) -> Problem:
    """The problem an error is told as. What is not ours is a 500 that says nothing of the inside."""
    for kind, status in _STATUS_OF:
        if isinstance(error, kind):
            return Problem(
                status=status,
                detail=str(error),
                kind=_slug(type(error)),
                errors=error.fields if isinstance(error, InvalidError) else (),
                retry_after_s=error.retry_after_s if isinstance(error, RetryableError) else None,
            )
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "an error on our side; it was logged", "internal")


def _slug(kind: type[Exception]) -> str:
    """`VersionConflictError` → `version-conflict`"""
    words = re.findall(r"[A-Z][a-z0-9]*", kind.__name__.removesuffix("Error"))
    return "-".join(words).lower()
