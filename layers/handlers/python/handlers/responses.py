"""Answers as compact JSON."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson
from chalice import Response
from pydantic import BaseModel

from envelope import format_utc

JSON = "application/json"


def to_json_text(body: Any) -> str:
    """Compact JSON. Aware datetimes become UTC milliseconds with `Z`, pydantic models their JSON form."""
    return orjson.dumps(body, default=_default, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with a JSON body."""
    return Response(to_json_text(body), {"Content-Type": JSON, **(headers or {})}, status)


def masked_response(answer: Response, mask: Callable[[Any], Any]) -> Response:
    """The answer of `json_response` with its values masked."""
    return Response(to_json_text(mask(orjson.loads(answer.body))), answer.headers, answer.status_code)


def _default(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_utc(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no JSON form")
