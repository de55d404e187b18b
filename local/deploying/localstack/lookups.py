"""Asking for something that may not be there."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local.deploying.localstack.site import error_code

_MISSING = frozenset(
    [
        "404",
        "AWS.SimpleQueueService.NonExistentQueue",
        "NoSuchBucket",
        "NoSuchEntity",
        "NoSuchKey",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    ]
)


def found(ask: Callable[..., dict[str, Any]], **arguments: object) -> dict[str, Any] | None:
    """What a service answers, or None where it has no such thing. Raises ClientError for any other refusal."""
    try:
        return ask(**arguments)
    except ClientError as error:
        if error_code(error) in _MISSING:
            return None
        raise
