"""Each event has the notifications that the rules ask for, each once and sent. Pure.

Texts are not compared: a template that is worded anew does not make wrong what was sent before.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from envelope import Envelope, ReclamationEnrichie, read_payload
from envelope.errors import UnreadableError
from functions.notification.rules import AgentPolicy, merged, notifications_for
from local.verify.contexts import Learnt
from local.verify.differences import differing
from local.verify.findings import Finding, Kind
from local.verify.moment import Moment
from local.verify.wanted import Wanted
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
        self,
        event: Envelope,
        contact: Contact | None,
        documents: Sequence[Document],
        moment: Moment,
        learnt: Learnt | None = None,
    ) -> Iterator[Finding]:
        """`documents` are the notifications at the event's position.

        `contact` is what its claim's first event told, and `learnt` what the claim's context did, where there is one.
        """
        stored = {document["_id"]: document for document in documents}
        wanted = self._wanted(event, contact, learnt, moment)
        for each in wanted:
            yield from self._compare_wanted(event, each, stored)
        channels = {each.channel for each in wanted}
        for document in stored.values():
            if document.get("event_id") == event.event_id and document.get("channel") in channels:
                yield _finding("doubled", event, f"a second {document['channel']} because of version {event.version}")
            else:
                yield _finding("unexpected", event, f"version {event.version} asks for no {document.get('channel')}")

    def _wanted(self, event: Envelope, contact: Contact | None, learnt: Learnt | None, moment: Moment) -> list[Wanted]:
        is_done = moment.is_done("notifications", event.position or 0)
        is_learnt = learnt is not None and is_done and moment.is_done("notifications", learnt.position)
        own = self._expected(event, contact)
        if learnt is None:
            return [Wanted(each, each, is_done, is_learnt) for each in own]
        full = self._expected(event, merged(contact, learnt.contact))
        return [Wanted(*each, is_done, is_learnt) for each in zip(own, full, strict=True)]

    def _expected(self, event: Envelope, contact: Contact | None) -> list[Notification]:
        try:
            fact = read_payload(event)
        except UnreadableError:  # nothing can be asked for in data that nobody reads; its group parks it, which is told
            return []
        if isinstance(fact, ReclamationEnrichie):  # what it changes is told at the events that it changes it for
            return []
        return notifications_for(event, fact, contact, self._agents, event.timestamp)

    def _compare_wanted(self, event: Envelope, wanted: Wanted, stored: dict[str, Document]) -> Iterator[Finding]:
        """Take what is wanted out of `stored`."""
        because = f"its {wanted.channel} because of version {event.version}"
        is_there = False
        for each in wanted.ways():
            if is_there and each.recipient is not None:
                break  # a second one that somebody got is left, and told as doubled
            document = stored.pop(each.notification_id, None)
            if document is not None:
                is_there = True
                yield from self._compare_one(event, each, document, wanted)
        if is_there or not wanted.is_done:
            return
        document = stored.pop(wanted.own.notification_id, None)
        if document is None:
            yield _finding("missing", event, f"{because} is not there")
        elif wanted.own.recipient is None and document.get("event") is None:
            # From before events were kept with them: nobody can make it again, so it stays as it is.
            yield from self._compare_one(event, wanted.own, document, wanted)
        else:
            yield _finding("different", event, f"{because} went by what was known before the claim's context")

    def _compare_one(
        self, event: Envelope, expected: Notification, document: Document, wanted: Wanted
    ) -> Iterator[Finding]:
        fields = differing({name: getattr(expected, name) for name in _COMPARED}, _compared(document))
        # Whose claim it is may have been learnt before or after it was written.
        if fields and not (fields == ["customer_id"] and document.get("customer_id") in wanted.customer_ids()):
            yield _finding("different", event, f"its {expected.channel} differs in {', '.join(fields)}")
        match document.get("status"):
            case "sent":
                pass
            case "failed":
                self.refused[str(document.get("reason"))] += 1
            case status if wanted.must_be_sent(expected):
                yield _finding(
                    "unsent", event, f"its {expected.channel} because of version {event.version} is {status}"
                )


def _compared(document: Document) -> Document:
    return {name: document[name] for name in _COMPARED if name in document}


def _finding(kind: Kind, event: Envelope, what: str) -> Finding:
    return Finding(kind, "notifications", what, event.aggregate_id, event.position)
