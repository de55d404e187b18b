"""Each event has the notifications that the rules ask for, each once and sent. Pure.

Texts are not compared: a template that is worded anew does not make wrong what was sent before.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from envelope import Envelope, read_payload
from envelope.errors import UnreadableError
from functions.notification.rules import AgentPolicy, notifications_for
from local.verify.differences import differing
from local.verify.findings import Finding, Kind
from local.verify.moment import Moment
from repositories.ports.contacts import Contact
from repositories.ports.notifications import Notification

Document = dict[str, Any]

_COMPARED = (
    "reference",
    "channel",
    "recipient",
    "event_id",
    "event_type",
    "claim_id",
    "customer_id",
    "correlation_id",
    "position",
)


class NotificationCheck:
    """Compares event after event. `refused` counts what failed for good, by reason: told, and not wrong."""

    def __init__(self, agents: AgentPolicy) -> None:
        self._agents = agents
        self.refused: Counter[str] = Counter()

    def compare(
        self, event: Envelope, contact: Contact | None, documents: Sequence[Document], moment: Moment
    ) -> Iterator[Finding]:
        """`documents` are the notifications at the event's position, `contact` what its claim's first event told."""
        stored = {document["_id"]: document for document in documents}
        expected = self._expected(event, contact)
        is_done = moment.is_done("notifications", event.position or 0)
        for wanted in expected:
            document = stored.pop(wanted.notification_id, None)
            if document is not None:
                yield from self._compare_one(event, wanted, document, is_done)
            elif is_done:
                yield _finding(
                    "missing", event, f"its {wanted.channel} because of version {event.version} is not there"
                )
        channels = {wanted.channel for wanted in expected}
        for document in stored.values():
            if document.get("event_id") == event.event_id and document.get("channel") in channels:
                yield _finding("doubled", event, f"a second {document['channel']} because of version {event.version}")
            else:
                yield _finding("unexpected", event, f"version {event.version} asks for no {document.get('channel')}")

    def _expected(self, event: Envelope, contact: Contact | None) -> list[Notification]:
        try:
            fact = read_payload(event)
        except UnreadableError:  # nothing can be asked for in data that nobody reads; its group parks it, which is told
            return []
        return notifications_for(event, fact, contact, self._agents, event.timestamp)

    def _compare_one(
        self, event: Envelope, wanted: Notification, document: Document, is_done: bool
    ) -> Iterator[Finding]:
        fields = differing({name: getattr(wanted, name) for name in _COMPARED}, _compared(document))
        if fields:
            yield _finding("different", event, f"its {wanted.channel} differs in {', '.join(fields)}")
        match document.get("status"):
            case "sent":
                pass
            case "failed":
                self.refused[str(document.get("reason"))] += 1
            case status if is_done:
                yield _finding("unsent", event, f"its {wanted.channel} because of version {event.version} is {status}")


def _compared(document: Document) -> Document:
    return {name: document[name] for name in _COMPARED if name in document}


def _finding(kind: Kind, event: Envelope, what: str) -> Finding:
    return Finding(kind, "notifications", what, event.aggregate_id, event.position)
