"""Where events are parked: one place a consumer group of a stream."""

import re
from dataclasses import dataclass
from typing import Any

from redis import Redis

from local.template import Template
from local.template.shapes import text_of

SCAN_COUNT = 1_000
_PARKED = re.compile(r"(?P<slot>\{[^}]*\}:)?events:parked:(?P<group>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A group, and a stream in the slot of whose name its keys lie; without partitions that is any stream."""

    stream: str
    group: str


def places_of(template: Template) -> list[Place]:
    """The groups that the template subscribes, in its order. Raises TemplateError."""
    return [
        Place(
            text_of(function.mapping.get("Stream"), f"{function.name}.Metadata.EventSourceMapping.Stream"),
            text_of(function.mapping.get("Group"), f"{function.name}.Metadata.EventSourceMapping.Group"),
        )
        for function in template.functions
        if function.mapping is not None
    ]


def find_places(redis: Redis) -> list[Place]:
    """The groups for which something was ever parked on this server, by name. Raises redis.exceptions.RedisError.

    For a running system whose template is not known. It walks over all keys: about 50 ms for 100,000.
    """
    client: Any = redis
    keys = client.scan_iter(match="*events:parked:*", count=SCAN_COUNT, _type="stream")
    found = {place for key in keys if (place := _place_of(key.decode(errors="replace")))}
    return sorted(found, key=lambda place: (place.group, place.stream))


def _place_of(key: str) -> Place | None:
    match = _PARKED.fullmatch(key)
    return Place(f"{match['slot'] or ''}events:all", match["group"]) if match else None
