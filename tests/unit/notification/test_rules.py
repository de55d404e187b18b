"""Which event makes which notifications."""

from typing import Any

import pytest

from envelope import Envelope, read_payload
from envelope.catalogue import EVENT_TYPES as CATALOGUE
from functions.notification.rules import (
    RULES,
    AgentPolicy,
    contact_of,
    notifications_for,
    reference_of,
)
from repositories.ports.contacts import Contact
from repositories.ports.notifications import Notification
from tests.unit.notification.claim_life import AGENTS, CUSTOMER, NOW, event

CONTACT = Contact("claim_67890", "cust_12345", "Zoé Müller", "zoe@example.com", "+33 6 12 34 56 12", "fr")


def planned(envelope: Envelope, contact: Contact | None = CONTACT, agents: AgentPolicy = AGENTS) -> list[Notification]:
    """What the rules make of one event."""
    return notifications_for(envelope, read_payload(envelope), contact, agents, NOW)


def test_every_event_type_of_the_catalogue_has_its_rule() -> None:
    assert {kind.payload for kind in CATALOGUE.values()} == set(RULES)


@pytest.mark.parametrize(
    ("event_type", "wanted"),
    [
        ("ReclamationCreee", [("email", "zoe@example.com"), ("sms", "+33612345612")]),
        ("ReclamationAffectee", [("email", "agent_smith@agents.example.com")]),
        ("ReclamationEnCours", []),
        ("ReclamationResolue", [("email", "zoe@example.com")]),
        ("ReclamationCloturee", [("email", "zoe@example.com")]),
    ],
)
def test_each_event_is_told_to_those_whom_it_concerns(event_type: str, wanted: list[tuple[str, str]]) -> None:
    assert [(each.channel, each.recipient) for each in planned(event(event_type))] == wanted


def test_a_notification_carries_what_ties_it_to_its_event() -> None:
    (email, _) = planned(event("ReclamationCreee"))
    assert email.notification_id == "event-1:email:zoe@example.com"
    assert (email.event_id, email.event_type, email.claim_id) == ("event-1", "ReclamationCreee", "claim_67890")
    assert (email.customer_id, email.correlation_id) == ("cust_12345", "trace_xyz789")
    assert (email.status, email.attempts, email.created_at) == ("pending", 0, NOW)


def test_the_resolution_reaches_the_customer() -> None:
    (email,) = planned(event("ReclamationResolue"))
    assert "Produit remplacé par un neuf" in email.text
    assert "track_999888" in email.text


def test_the_agents_own_address_comes_before_the_pattern() -> None:
    (email,) = planned(event("ReclamationAffectee", {"agent_email": "john@example.com"}))
    assert email.recipient == "john@example.com"


@pytest.mark.parametrize(
    "changes",
    [
        {"agent_email": "not an address"},
        {"agent_id": "smith@evil.example, x"},
        {"agent_id": "smith@evil.example"},
        {"agent_id": "Agent Smith"},
    ],
)
def test_an_agents_address_is_never_made_up_from_what_does_not_fit(changes: dict[str, Any]) -> None:
    (email,) = planned(event("ReclamationAffectee", changes))
    assert (email.recipient, email.status, email.reason) == (None, "failed", "no recipient")


def test_an_agent_is_written_to_even_where_the_customer_is_unknown() -> None:
    (email,) = planned(event("ReclamationAffectee"), contact=None)
    assert (email.status, email.customer_id) == ("pending", None)


@pytest.mark.parametrize(
    "contact", [None, Contact("claim_67890", "cust_12345"), Contact("c", "c", email="a@", phone="1")]
)
def test_without_a_usable_address_each_notification_has_failed_from_the_start(contact: Contact | None) -> None:
    notifications = planned(event("ReclamationCreee"), contact)
    assert [each.notification_id for each in notifications] == ["event-1:email:none", "event-1:sms:none"]
    for each in notifications:
        assert (each.status, each.recipient, each.reason) == ("failed", None, "no recipient")


def test_an_email_goes_out_where_only_the_phone_is_missing() -> None:
    email, sms = planned(event("ReclamationCreee"), Contact("claim_67890", "cust_12345", email="zoe@example.com"))
    assert (email.status, sms.status) == ("pending", "failed")


def test_customers_read_their_own_language() -> None:
    english = Contact("claim_67890", "cust_12345", "Zoé", "zoe@example.com", None, "en")
    (email,) = planned(event("ReclamationCloturee"), english)
    assert email.subject == "Your claim claim_67890 is closed"
    (email,) = planned(event("ReclamationCloturee"))
    assert email.subject == "Votre réclamation claim_67890 est close"


def test_agents_read_the_language_of_the_house() -> None:
    (email,) = planned(event("ReclamationAffectee"))
    assert email.subject == "La réclamation claim_67890 vous est confiée"
    (email,) = planned(event("ReclamationAffectee"), agents=AgentPolicy("{agent_id}@example.com", "en"))
    assert email.subject == "Claim claim_67890 has been assigned to you"


def test_a_simulated_order_is_not_told_to_the_customer() -> None:
    real = event("ReclamationCreee")
    assert "Casque × 2, Souris" in planned(real)[0].text
    simulated = event("ReclamationCreee", {"order": {**real.data["order"], "source": "simulated"}})
    assert "Casque" not in planned(simulated)[0].text


def test_the_contact_is_what_the_first_event_says() -> None:
    fact = read_payload(event("ReclamationCreee"))
    assert contact_of("claim_67890", fact) == CONTACT  # type: ignore[arg-type]
    assert CUSTOMER["phone"] == CONTACT.phone


def test_a_reference_holds_plain_characters_only_and_no_address() -> None:
    reference = reference_of("event:1\r\nBcc: x@y.z", "email", "zoe@example.com")
    assert reference.isascii()
    assert set("\r\n:@ <>").isdisjoint(reference)
    assert "zoe" not in reference


def test_references_tell_events_channels_and_recipients_apart() -> None:
    references = {
        reference_of(event_id, channel, recipient)
        for event_id in ("event-1", "event-2")
        for channel in ("email", "sms")
        for recipient in ("a@example.com", "b@example.com", None)
    }
    assert len(references) == 12
