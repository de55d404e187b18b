"""What a request to the Invoke operation asks for: read from its headers and body, and checked."""

import base64
import binascii
import json
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn

import orjson

from local.apigateway.requests import HttpRequest
from local.invokeapi.errors import LambdaApiError, invalid_content, invalid_parameter, too_large
from local.invokeapi.limits import CLIENT_CONTEXT_LENGTH_MAX, EVENT_BYTES_MAX, EVENT_BYTES_MAX_ASYNCHRONOUS


class InvocationType(Enum):
    """Whether somebody waits for the answer."""

    REQUEST_RESPONSE = "RequestResponse"
    EVENT = "Event"
    DRY_RUN = "DryRun"


@dataclass(frozen=True, slots=True)
class InvokeRequest:
    """A request that is in order. `payload` is JSON text in UTF-8."""

    kind: InvocationType
    payload: bytes
    client_context: bytes | None
    wants_log: bool


def read_invoke(request: HttpRequest) -> InvokeRequest:
    """Raises LambdaApiError that says what is wrong.

    A body that is empty is the event `{}`. A client context goes with who waits for the answer alone, as on Lambda.
    """
    kind = _kind(request.header(b"x-amz-invocation-type"))
    payload = _payload(request.body, kind)
    context = _client_context(request.header(b"x-amz-client-context"))
    return InvokeRequest(
        kind=kind,
        payload=payload,
        client_context=context if kind is InvocationType.REQUEST_RESPONSE else None,
        wants_log=_wants_log(request.header(b"x-amz-log-type")),
    )


def _kind(told: str) -> InvocationType:
    try:
        return InvocationType(told or "RequestResponse")
    except ValueError:
        raise _not_one_of("invocationType", told, [kind.value for kind in InvocationType]) from None


def _wants_log(told: str) -> bool:
    if told not in ("", "None", "Tail"):
        raise _not_one_of("logType", told, ["None", "Tail"])
    return told == "Tail"


def _not_one_of(name: str, told: str, allowed: list[str]) -> LambdaApiError:
    return invalid_parameter(
        f"1 validation error detected: Value '{told}' at '{name}' failed to satisfy constraint: "
        f"Member must satisfy enum value set: [{', '.join(allowed)}]"
    )


def _payload(body: bytes, kind: InvocationType) -> bytes:
    bytes_max = EVENT_BYTES_MAX_ASYNCHRONOUS if kind is InvocationType.EVENT else EVENT_BYTES_MAX
    if len(body) > bytes_max:
        raise too_large(bytes_max)
    if not body:
        return b"{}"
    try:
        _check_json(body)
    except (ValueError, RecursionError) as error:
        raise invalid_content(
            f"Could not parse request body into json: Could not parse payload into json: {error}"
        ) from error
    return body


def _check_json(text: bytes) -> None:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        # Slower, but it takes what JSON allows and orjson does not: an escaped half of a pair, deep nesting.
        json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _client_context(told: str) -> bytes | None:
    if not told:
        return None
    if len(told) > CLIENT_CONTEXT_LENGTH_MAX:
        raise invalid_content(f"Client context must be at most {CLIENT_CONTEXT_LENGTH_MAX} bytes of base64.")
    try:
        context = base64.b64decode(told, validate=True)
        is_object = isinstance(orjson.loads(context), dict)
    except (binascii.Error, ValueError):
        is_object = False
    if not is_object:
        raise invalid_content("Client context must be a valid Base64-encoded JSON object.")
    return context
