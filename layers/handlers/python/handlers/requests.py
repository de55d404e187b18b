"""Reading a request: body, query and headers, each refused with a sentence that helps."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from envelope.errors import InvalidError
from handlers.problems import MediaTypeError, NotJsonError, TooLargeError

BODY_BYTES_MAX = 256 * 1024

_ID_HEADER = re.compile(r"[\x21-\x7e]{1,128}")
_KEY = re.compile(r"[\x20-\x7e]{1,255}")

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class RequestIds:
    """What ties this request to those before and after it."""

    correlation_id: str
    causation_id: str | None


def request_ids(headers: Mapping[str, str]) -> RequestIds:
    """Take the caller's ids, or make a correlation id where there is none that could be kept."""
    correlation_id = headers.get("x-correlation-id", "")
    causation_id = headers.get("x-causation-id", "")
    return RequestIds(
        correlation_id=correlation_id if _ID_HEADER.fullmatch(correlation_id) else str(uuid4()),
        causation_id=causation_id if _ID_HEADER.fullmatch(causation_id) else None,
    )


def parse_idempotency_key(header: str | None) -> str | None:
    """The Idempotency-Key. Raises InvalidError unless it has 1 to 255 printable ASCII characters."""
    if header is None or _KEY.fullmatch(header):
        return header
    message = "must have 1 to 255 printable ASCII characters"
    raise InvalidError(f"Idempotency-Key {message}", (("Idempotency-Key", message),))


def parse_body(
    model: type[Model],
    raw: bytes,
    content_type: str | None,
    *,
    optional: bool = False,
    filled_in: Mapping[str, Any] | None = None,
) -> Model:
    """Validate a JSON body; with `optional`, an empty one is `model()`. `filled_in` stands for fields it leaves away.

    Raises TooLargeError over 256 KiB, MediaTypeError, NotJsonError, InvalidError with the fields at fault.
    """
    if len(raw) > BODY_BYTES_MAX:
        raise TooLargeError(f"the body has {len(raw)} bytes; {BODY_BYTES_MAX} are allowed")
    if optional and not raw.strip():
        return model()
    if content_type and not _is_json(content_type):
        raise MediaTypeError(f"send application/json, not {content_type}")
    if not raw.strip():
        raise NotJsonError("the body is empty; send a JSON object")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise NotJsonError(f"the body is not JSON: {error}") from error
    if filled_in and isinstance(value, dict):
        value = {**filled_in, **value}
    return validate(model, value, "body")


def parse_query(model: type[Model], values: Mapping[str, Sequence[str]] | None) -> Model:
    """Validate the query string; each parameter may stand once. Raises InvalidError with the parameters at fault."""
    values = values or {}
    repeated = tuple((name, "stands more than once") for name, given in values.items() if len(given) > 1)
    if repeated:
        raise InvalidError(f"query parameter {repeated[0][0]} stands more than once", repeated)
    return validate(model, {name: given[-1] for name, given in values.items()}, "query")


def validate(model: type[Model], value: Any, what: str) -> Model:
    """`model` from plain data. Raises InvalidError naming every field at fault."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        fields = tuple((_path(item["loc"], what), _sentence(item, model)) for item in error.errors(include_url=False))
        first_field, first_message = fields[0]
        more = f" (and {len(fields) - 1} more)" if len(fields) > 1 else ""
        raise InvalidError(f"{first_field}: {first_message}{more}", fields) from error


def _path(location: tuple[int | str, ...], what: str) -> str:
    return ".".join(str(part) for part in location) or what


def _sentence(item: ErrorDetails, model: type[BaseModel]) -> str:
    """What is wrong with a field, in words that help where pydantic's would not."""
    match item["type"]:
        case "extra_forbidden" if len(item["loc"]) == 1:
            known = (field.alias or name for name, field in model.model_fields.items())
            return f"is not known here; what is: {', '.join(known)}"
        case "extra_forbidden":
            return "is not known here"
        case "missing":
            return "is required"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "must be a JSON object"
        case _:
            return item["msg"].removeprefix("Value error, ")


def _is_json(content_type: str) -> bool:
    media_type = content_type.split(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")
