"""Which event makes which notifications, to whom and in what words. Pure: the time and the contact come in."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import assert_never, overload

from envelope import (
    EVENT_TYPES,
    CustomerContext,
    Envelope,
    Event,
    OrderContext,
    OrderItem,
    ReclamationAffectee,
    ReclamationCloturee,
    ReclamationCreee,
    ReclamationEnCours,
    ReclamationEnrichie,
    ReclamationResolue,
)
from functions.notification.addresses import read_email, read_phone
from functions.notification.wording import (
    CLAIM_TYPES,
    Audience,
    TemplateName,
    Words,
    moment,
    one_line,
    render,
    short_name,
)
from repositories.ports.contacts import Contact, Language
from repositories.ports.notifications import Channel, Notification

NO_RECIPIENT = "no recipient"
DEFAULT_LANGUAGE: Language = "fr"

SIMULATED = "simulated"

RULES: dict[type[Event], tuple[tuple[Audience, Channel], ...]] = {
    ReclamationCreee: (("customer", "email"), ("customer", "sms")),
    ReclamationAffectee: (("agent", "email"),),
    ReclamationEnCours: (),
    ReclamationResolue: (("customer", "email"),),
    ReclamationCloturee: (("customer", "email"),),
    ReclamationEnrichie: (),
}


@dataclass(frozen=True, slots=True)
class AgentPolicy:
    """How agents are written to. `email_pattern` holds `{agent_id}`; it serves where the event has no address."""

    email_pattern: str
    language: Language = "fr"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom one notification is for. The address is None where there is none that can be used."""

    address: str | None
    name: str | None
    language: Language


def contact_of(claim_id: str, fact: ReclamationCreee) -> Contact:
    """What a claim's first event says of how to reach its customer."""
    return _contact(claim_id, fact.customer_id, fact.customer)


def learnt_contact_of(fact: ReclamationEnrichie) -> Contact:
    """What a claim's context says of how to reach its customer."""
    return _contact(fact.claim_id, fact.customer_id, fact.customer)


@overload
def merged(own: Contact, learnt: Contact | None) -> Contact: ...
@overload
def merged(own: Contact | None, learnt: Contact) -> Contact: ...
@overload
def merged(own: Contact | None, learnt: Contact | None) -> Contact | None: ...
def merged(own: Contact | None, learnt: Contact | None) -> Contact | None:
    """What is known of a claim's customer: what the claim `own` told, and where that is of no use what was `learnt`.

    The language is that of whoever told of the customer, the claim first. The customer's id is the learnt one, where
    there is one: it is learnt only instead of a stand-in.
    """
    if own is None or learnt is None:
        return own or learnt
    return Contact(
        claim_id=own.claim_id,
        customer_id=learnt.customer_id or own.customer_id,
        name=own.name if short_name(own.name) else learnt.name,
        email=own.email if read_email(own.email) else learnt.email,
        phone=own.phone if read_phone(own.phone) else learnt.phone,
        language=own.language if _tells_of_customer(own) else learnt.language,
    )


def is_for_customer(event_type: str, channel: Channel) -> bool:
    """Whether events of this type tell the customer by this channel."""
    kind = EVENT_TYPES.get(event_type)
    return kind is not None and ("customer", channel) in RULES[kind.payload]


def notifications_for(
    envelope: Envelope, fact: Event, contact: Contact | None, agents: AgentPolicy, now: datetime
) -> list[Notification]:
    """The notifications of one event, none sent yet; one that nobody can receive is `failed` from the start."""
    return [
        _notification(
            envelope, fact, contact, _recipient(fact, audience, channel, contact, agents), audience, channel, now
        )
        for audience, channel in RULES[type(fact)]
    ]


def reference_of(event_id: str, channel: Channel, recipient: str | None) -> str:
    """`<event_id>.<channel>.<4 hex digits>`: letters, digits, `.`, `-` and `_` only, whatever the event id holds.

    The digits tell recipients of one event apart. They are too few to find a telephone number by trying all.
    """
    return f"{_token(event_id)}.{channel}.{sha256((recipient or 'none').encode()).hexdigest()[:4]}"


def thread_of(claim_id: str) -> str:
    """What all messages of a claim refer to, so that mail programs show them together."""
    return f"claim.{_token(claim_id)}"


def _contact(claim_id: str, customer_id: str | None, customer: CustomerContext | None) -> Contact:
    # Nobody is written to at an address, by a name or in a language that degraded mode made up.
    if customer is None or customer.source == SIMULATED:
        return Contact(claim_id, customer_id)
    return Contact(claim_id, customer_id, customer.name, customer.email, customer.phone, customer.language)


def _tells_of_customer(contact: Contact) -> bool:
    return bool(contact.name or contact.email or contact.phone or contact.language != DEFAULT_LANGUAGE)


def _token(identifier: str) -> str:
    # An id may be any text; in a Message-ID or a URL only a plain one can stand for itself.
    return identifier if re.fullmatch(r"[A-Za-z0-9_-]+", identifier) else sha256(identifier.encode()).hexdigest()


def _notification(
    envelope: Envelope,
    fact: Event,
    contact: Contact | None,
    recipient: Recipient,
    audience: Audience,
    channel: Channel,
    now: datetime,
) -> Notification:
    name = TemplateName(recipient.language, envelope.event_type, audience, channel)
    rendered = render(name, _words(envelope.aggregate_id, fact, recipient))
    may_be_reached_later = audience == "customer" and recipient.address is None
    return Notification(
        notification_id=f"{envelope.event_id}:{channel}:{recipient.address or 'none'}",
        reference=reference_of(envelope.event_id, channel, recipient.address),
        channel=channel,
        recipient=recipient.address,
        addressee=recipient.name,
        subject=rendered.subject,
        text=rendered.text,
        event_id=envelope.event_id,
        event_type=envelope.event_type,
        claim_id=envelope.aggregate_id,
        customer_id=contact.customer_id if contact else None,
        correlation_id=envelope.correlation_id,
        position=envelope.position or 0,
        created_at=now,
        status="pending" if recipient.address else "failed",
        reason=None if recipient.address else NO_RECIPIENT,
        event=envelope.model_dump(mode="json") if may_be_reached_later else None,
    )


def _recipient(
    fact: Event, audience: Audience, channel: Channel, contact: Contact | None, agents: AgentPolicy
) -> Recipient:
    if isinstance(fact, ReclamationAffectee) and audience == "agent":
        return Recipient(_agent_email(fact, agents), short_name(fact.agent_name), agents.language)
    if contact is None:
        return Recipient(None, None, DEFAULT_LANGUAGE)
    address = read_email(contact.email) if channel == "email" else read_phone(contact.phone)
    return Recipient(address, short_name(contact.name), contact.language)


def _agent_email(fact: ReclamationAffectee, agents: AgentPolicy) -> str | None:
    # The pattern makes up for a missing address, not for a wrong one: that would be another mailbox than was meant.
    given = (fact.agent_email or "").strip()
    return read_email(given or agents.email_pattern.replace("{agent_id}", fact.agent_id))


def _words(claim_id: str, fact: Event, recipient: Recipient) -> Words:
    greeting_name = f" {recipient.name}" if recipient.name else ""
    return {"claim_id": one_line(claim_id), "greeting_name": greeting_name, **_words_of(fact, recipient.language)}


def _words_of(fact: Event, language: Language) -> Words:
    """What the templates of this event may name besides the claim and the greeting."""
    match fact:
        case ReclamationCreee():
            return {
                "claim_type": CLAIM_TYPES[language][fact.claim_type],
                "order_id": _line(fact.order_id),
                "products": _products(fact.order),
            }
        case ReclamationAffectee():
            return {
                "assignment_reason": _line(fact.assignment_reason),
                "deadline": moment(fact.estimated_resolution_time),
            }
        case ReclamationResolue():
            return {
                "resolution": fact.resolution.strip(),
                "resolution_type": _line(fact.resolution_type),
                "tracking": _line(fact.replacement_tracking),
                "if_follow_up": "" if fact.follow_up_required else None,
            }
        case ReclamationCloturee():
            return {"reason": _line(fact.reason)}
        case ReclamationEnCours() | ReclamationEnrichie():
            return {}
        case _:
            assert_never(fact)


def _products(order: OrderContext | None) -> str | None:
    """`Casque × 2, Souris`, from an order that is real: what degraded mode made up is not for the customer's eyes."""
    if order is None or order.source == SIMULATED:
        return None
    return ", ".join(_product(item) for item in order.items if _line(item.product_name)) or None


def _product(item: OrderItem) -> str:
    name = one_line(item.product_name or "")
    return f"{name} × {item.quantity}" if item.quantity and item.quantity > 1 else name


def _line(text: str | None) -> str | None:
    """One line of text, or None for a blank one."""
    return one_line(text or "") or None
