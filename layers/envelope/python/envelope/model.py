"""The envelope that every event travels and is stored in."""

from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from envelope.errors import UnreadableError
from envelope.reasons import reasons
from envelope.times import UtcMillis


class Actor(BaseModel):
    """Who caused the event."""

    model_config = ConfigDict(frozen=True)

    type: Literal["customer", "agent", "supervisor", "auditor", "service", "anonymous"] = "anonymous"
    id: str = "anonymous"


def _is_empty(value: object) -> bool:
    return not value


Metadata = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]],
    Field(max_length=8, exclude_if=_is_empty),
]
"""What travels with an event and says nothing of the claim. Empty, it is neither written nor stored."""


class Envelope(BaseModel):
    """One immutable event with everything that places it.

    `version` counts 1, 2, … without gaps within the claim; `position` counts 1, 2, … without gaps in `events:all` and
    is None until the log has appended the event. `data` is the payload as it was written, at `schema_version`; read it
    with `envelope.read_payload`, which upcasts. `metadata` has `traceparent` and `tracestate` (W3C Trace Context) of
    what appended the event, where that was traced; names that a reader does not know are kept, no decision reads any.
    """

    model_config = ConfigDict(frozen=True)

    event_id: str = Field(min_length=1, max_length=64)
    event_type: str = Field(min_length=1, max_length=64)
    aggregate_id: str = Field(min_length=1, max_length=128)
    data: dict[str, Any]
    timestamp: UtcMillis
    correlation_id: str = Field(min_length=1, max_length=128)
    version: int = Field(ge=1)
    schema_version: int = Field(default=1, ge=1)
    causation_id: str | None = None
    actor: Actor = Actor()
    position: int | None = Field(default=None, ge=1)
    metadata: Metadata = Field(default_factory=dict)


def to_json(envelope: Envelope) -> bytes:
    """Compact JSON of the envelope, without `position` (the log knows that from the entry's id)."""
    return orjson.dumps(envelope.model_dump(mode="json", exclude={"position"}))


def from_json(raw: bytes | str, position: int | None = None) -> Envelope:
    """Read a stored envelope; `position` is added where the place it came from tells it.

    Raises UnreadableError when it is not JSON or not an envelope.
    """
    try:
        fields = orjson.loads(raw)
        if position is not None:
            fields["position"] = position
        return Envelope.model_validate(fields)
    except ValidationError as error:
        raise UnreadableError(f"not an event envelope: {reasons(error)}") from None
    except (orjson.JSONDecodeError, TypeError) as error:
        raise UnreadableError(f"not an event envelope: {error}") from error
