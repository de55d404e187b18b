"""The events of one claim and of its context, and transports that write down what they are given.

They are fakes made by hand.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from envelope import Envelope, context_id_of
from functions.notification.outbox import Transports
from functions.notification.rules import AgentPolicy
from functions.notification.service import Notifier
from handlers.batch import Record
from repositories.memory.contacts import MemoryContactStore
from repositories.memory.notifications import MemoryNotificationStore
from repositories.ports.notifications import Notification, NotificationFilter

NOW = datetime(2025, 7, 8, 14, 31, tzinfo=UTC)
AGENTS = AgentPolicy("{agent_id}@agents.example.com")
SENDER = Address("Service réclamations", addr_spec="claims@example.com")
CUSTOMER = {"name": "Zoé Müller", "email": "zoe@example.com", "phone": "+33 6 12 34 56 12", "language": "fr"}

DATA: dict[str, dict[str, Any]] = {
    "ReclamationCreee": {
        "customer_id": "cust_12345",
        "claim_type": "product_defect",
        "description": "Produit défectueux reçu",
        "order_id": "order_45678",
        "customer": CUSTOMER,
        "order": {"items": [{"product_name": "Casque", "quantity": 2}, {"product_name": "Souris", "quantity": 1}]},
    },
    "ReclamationAffectee": {
        "agent_id": "agent_smith",
        "agent_name": "John Smith",
        "assignment_reason": "product_expertise",
        "estimated_resolution_time": "2025-07-10T14:30:00.000Z",
    },
    "ReclamationEnCours": {"agent_id": "agent_smith"},
    "ReclamationResolue": {
        "resolution": "Produit remplacé par un neuf",
        "resolution_type": "replacement",
        "follow_up_required": True,
        "replacement_tracking": "track_999888",
    },
    "ReclamationCloturee": {"reason": "confirmed by the customer"},
}
EVENT_TYPES = tuple(DATA)


def event(event_type: str, changes: Mapping[str, Any] | None = None, **fields: Any) -> Envelope:
    """One event of claim_67890; `changes` to its data, `fields` of its envelope."""
    version = EVENT_TYPES.index(event_type) + 1 if event_type in EVENT_TYPES else 6
    usual = {
        "event_id": f"event-{version}",
        "event_type": event_type,
        "aggregate_id": "claim_67890",
        "data": {**DATA.get(event_type, {}), **(changes or {})},
        "timestamp": NOW,
        "correlation_id": "trace_xyz789",
        "version": version,
    }
    return Envelope.model_validate({**usual, **fields})


def enriched(changes: Mapping[str, Any] | None = None, **fields: Any) -> Envelope:
    """The event of the context of claim_67890, or of another `claim_id` in `changes`; likewise."""
    data = {
        "claim_id": "claim_67890",
        "customer": {**CUSTOMER, "source": "customer_service"},
        "order": {"id": "order_45678", "source": "order_service"},
        **(changes or {}),
    }
    usual = {"event_id": "event-context", "aggregate_id": context_id_of(data["claim_id"]), "version": 1}
    return event("ReclamationEnrichie", data, **{**usual, **fields})


class RecordingMail:
    """A MailTransport; `error`, when set, is what the next sends end in, `errors_to` what those to an address do."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.tries = 0
        self.closed = 0
        self.error: Exception | None = None
        self.errors_to: dict[str, Exception] = {}
        self.before_answer: Callable[[], None] = lambda: None

    def send(self, message: EmailMessage) -> None:
        self.tries += 1
        self.before_answer()
        error = self.error or self.errors_to.get(message["To"].addresses[0].addr_spec)
        if error is not None:
            raise error
        self.sent.append(message)

    def close(self) -> None:
        self.closed += 1


class RecordingSms:
    """An SmsTransport, likewise."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.tries = 0
        self.error: Exception | None = None

    def send(self, to: str, text: str, reference: str) -> None:
        self.tries += 1
        if self.error is not None:
            raise self.error
        self.sent.append((to, text, reference))


class World:
    """A Notifier with everything around it in memory."""

    def __init__(self) -> None:
        self.contacts = MemoryContactStore()
        self.store = MemoryNotificationStore()
        self.mail = RecordingMail()
        self.sms = RecordingSms()
        self.time_left_s = 60.0
        self.notifier = self.restarted()

    def restarted(self) -> Notifier:
        """A Notifier of a new process: what was only in the old one's memory is gone."""
        transports = Transports(self.mail, self.sms, SENDER)
        self.notifier = Notifier(self.contacts, self.store, transports, AGENTS, clock=lambda: NOW)
        return self.notifier

    def notify(self, *events: Envelope) -> Mapping[str, Exception]:
        """The events as one batch. Returns the failures by entry id: `1-0` is the first event's."""
        records = [Record(f"{number}-0", each, 1) for number, each in enumerate(events, start=1)]
        return self.notifier.notify(records, lambda: self.time_left_s)

    def kept(self, event_id: str | None = None) -> list[Notification]:
        """All notifications, or those of one event, by the order of their ids."""
        found = self.store.find(NotificationFilter(), limit=1000)
        return sorted(
            (each for each in found if event_id in (None, each.event_id)), key=lambda each: each.notification_id
        )
