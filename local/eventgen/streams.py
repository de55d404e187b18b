"""The batch that a subscriber of the template is invoked with: read and filtered as the poller does it.

Needs the layers on the path.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from envelope import EVENT_TYPES, to_json
from local.eventgen.claim_life import CONTEXT, LIFE, Placed, happened
from local.eventgen.errors import EventError
from local.template import Function, Template
from streams.entry import to_entry
from streams.errors import MappingError
from streams.invoking.invocation import to_records
from streams.mapping import EventSourceMapping
from streams.wire import StreamBatch, StreamRecord


def stream_event(
    template: Template, function: str | None, types: Sequence[str], count: int | None, claim_id: str, began: datetime
) -> StreamBatch:
    """A batch of `count` records for a subscriber, the template's first one where none is named.

    They are the events of the given types (all of a claim's own where there are none) that its filter lets pass, claim
    after claim; of one claim where there is no `count`. Those of other types lie between them in the log: versions and
    places are counted with them. Raises EventError.
    """
    mapping = _mapping(template, function)
    wanted = _types(types)
    until = CONTEXT if CONTEXT in wanted else max(wanted, key=LIFE.index)
    passing = [name for name in wanted if _passes(mapping, name, until, claim_id, began)]
    if not passing:
        raise EventError(f"the FilterCriteria of {mapping.function} lets no {' or '.join(wanted)} pass")
    placed = (one for one in happened(claim_id, until, began) if one.event.event_type in passing)
    return {"Records": [_record(mapping, one) for one in islice(placed, count or len(passing))]}


def subscribers(template: Template) -> list[Function]:
    """The functions of the template that read a stream."""
    return [function for function in template.functions if function.mapping is not None]


def _mapping(template: Template, name: str | None) -> EventSourceMapping:
    known = subscribers(template)
    found = [function for function in known if name in (None, function.name)]
    if not found:
        listed = ", ".join(function.name for function in known) or "none"
        wanted = f"{name} reads no stream" if name else "no function reads a stream"
        raise EventError(f"{wanted}; those that do: {listed}")
    metadata = found[0].mapping
    assert metadata is not None
    try:
        return EventSourceMapping.from_metadata(found[0].name, metadata)
    except MappingError as error:
        raise EventError(str(error)) from error


def _types(types: Sequence[str]) -> list[str]:
    for name in types:
        if name not in EVENT_TYPES:
            raise EventError(f"{name} is no type of event; there are: {', '.join(EVENT_TYPES)}")
    return [name for name in EVENT_TYPES if name in (types or LIFE)]


def _passes(mapping: EventSourceMapping, name: str, until: str, claim_id: str, began: datetime) -> bool:
    first = next(one for one in happened(claim_id, until, began) if one.event.event_type == name)
    return mapping.filters.matches(_record(mapping, first))


def _record(mapping: EventSourceMapping, placed: Placed) -> StreamRecord:
    """As the poller makes it of the entry that the log has."""
    entry_id = f"{placed.position}-0".encode()
    entry = to_entry(entry_id, {b"event": to_json(placed.event)}, 1, mapping.partition_key)
    return to_records([entry], mapping)[0]
