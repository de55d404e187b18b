"""The archive has each event of the log once, as the log has it, and nothing else. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from envelope import Envelope
from local.verify.differences import differing
from local.verify.findings import Finding
from local.verify.moment import Moment

Document = dict[str, Any]


def compare_archived(event: Envelope, documents: Sequence[Document], moment: Moment) -> Iterator[Finding]:
    """`documents` are those at the event's position."""
    expected = _expected(event)
    same = [document for document in documents if document["_id"] == expected["_id"]]
    position = expected["position"]
    if not documents and moment.is_done("archive", position):
        yield Finding("missing", "archive", f"version {event.version} is not there", event.aggregate_id, position)
    for document in documents:
        if document in same:
            fields = differing(expected, document)
            if fields:
                what = f"version {event.version} differs from the log in {', '.join(fields)}"
                yield Finding("different", "archive", what, event.aggregate_id, position)
        elif same or document.get("event_id") == event.event_id:
            what = f"position {position} is there once more, as {document['_id']}"
            yield Finding("doubled", "archive", what, event.aggregate_id, position)
        else:
            what = f"position {position} is {document['_id']}, in the log it is {expected['_id']}"
            yield Finding("different", "archive", what, event.aggregate_id, position)


def _expected(event: Envelope) -> Document:
    """Every field of the envelope. Said here, too: a subscriber must not be compared with itself."""
    return {"_id": f"{event.aggregate_id}:{event.version}", **event.model_dump()}
