"""What of personal data is masked, and for whom."""

from typing import Any

import pytest

from handlers.callers import ANONYMOUS, Caller
from handlers.masking import mask_agents, mask_customers, mask_email, mask_name, mask_of, mask_phone

CONTACT = {"name": "Zoé Müller", "email": "zoe@example.com", "phone": "+33612345612", "language": "fr"}
MASKED = {"name": "Z***", "email": "z***@example.com", "phone": "+33*****12", "language": "fr"}


def test_a_masked_address_shows_its_first_letter_and_its_domain() -> None:
    assert mask_email("jean@example.com") == "j***@example.com"


def test_a_masked_number_shows_its_country_and_two_digits() -> None:
    assert mask_phone("+33612345612") == "+33*****12"
    assert mask_phone("0612345612") == "*****12"


@pytest.mark.parametrize("mask", [mask_email, mask_phone])
@pytest.mark.parametrize("text", ["jean@example.com", "+33612345612", "0612345612"])
def test_what_is_masked_can_be_masked_again(mask: Any, text: str) -> None:
    assert mask(mask(text)) == mask(text)


def test_a_name_is_masked_as_a_whole_word_wherever_it_stands() -> None:
    assert mask_name("Bonjour Al, Al. Alors", "Al") == "Bonjour A***, A***. Alors"
    assert mask_name("Bonjour M. (X)", "M. (X)") == "Bonjour M***"
    assert mask_name("Bonjour", None) == "Bonjour"


@pytest.mark.parametrize(
    ("shown", "masked"),
    [
        ({"customer": CONTACT}, {"customer": MASKED}),
        ({"customer_context": CONTACT}, {"customer_context": MASKED}),
        ({"customer_context": None}, {"customer_context": None}),
        ({"events": [{"data": {"customer": CONTACT}}]}, {"events": [{"data": {"customer": MASKED}}]}),
        ({"changes": [{"field": "customer", "from": None, "to": CONTACT}]},
         {"changes": [{"field": "customer", "from": None, "to": MASKED}]}),
        (CONTACT, MASKED),
        ({"customer_name": "Zoé Müller", "description": "cassé"}, {"customer_name": "Z***", "description": "cassé"}),
        ({"customer_name": None}, {"customer_name": None}),
        # What nobody foresaw about a customer is masked too.
        ({"customer": {"name": "Zoé", "adresse": "1, rue Longue", "tags": ["vip"]}},
         {"customer": {"name": "Z***", "adresse": "***", "tags": "***"}}),
        ({"customer": "Zoé Müller"}, {"customer": "***"}),
        ({"customer": [CONTACT]}, {"customer": [MASKED]}),
        ({"actor": {"type": "customer", "id": "zoe@example.com"}},
         {"actor": {"type": "customer", "id": "z***@example.com"}}),
        # And nothing that only looks like it.
        ({"name": "claims", "position": 3}, {"name": "claims", "position": 3}),
        ({"product_name": "Casque", "agent_email": "a@b.ca"}, {"product_name": "Casque", "agent_email": "a@b.ca"}),
        ({"actor": {"type": "agent", "id": "agent_smith"}}, {"actor": {"type": "agent", "id": "agent_smith"}}),
    ],
)  # fmt: skip
def test_customers_are_masked_wherever_they_stand(shown: Any, masked: Any) -> None:
    assert mask_customers(shown) == masked
    assert mask_customers(masked) == masked


def test_agents_addresses_are_masked_for_customers_who_see_their_own() -> None:
    shown = {"events": [{"data": {"agent_email": "smith@example.com", "agent_name": "John"}, "customer": CONTACT}]}
    masked = {"events": [{"data": {"agent_email": "s***@example.com", "agent_name": "John"}, "customer": CONTACT}]}
    assert mask_agents(shown) == masked


@pytest.mark.parametrize(
    "caller", [Caller("supervisor", "s"), Caller("auditor", "a"), Caller("service", "m"), ANONYMOUS]
)
def test_who_may_see_all_is_masked_nothing(caller: Caller) -> None:
    assert mask_of(caller) is None


def test_the_others_are_masked_what_is_not_theirs() -> None:
    assert mask_of(Caller("agent", "a")) is mask_customers
    assert mask_of(Caller("customer", "c", "c")) is mask_agents
