"""How a customer is reached is what the claim told, and where that is of no use what its context did."""

from dataclasses import replace
from typing import Any

import pytest

from envelope import CustomerContext, ReclamationCreee, ReclamationEnrichie
from functions.notification.rules import contact_of, learnt_contact_of, merged
from repositories.ports.contacts import Contact

OWN = Contact("claim_1", "cust_1", "Zoé", "zoe@example.com", "+33612345612", "fr")
LEARNT = Contact("claim_1", None, "Zoé Müller", "zoe.muller@example.org", "+33699999999", "en")


def creee(customer: CustomerContext | None) -> ReclamationCreee:
    return ReclamationCreee(customer_id="cust_1", claim_type="billing_error", description="…", customer=customer)


def test_what_the_context_tells_is_the_contact_that_is_learnt() -> None:
    customer = CustomerContext(name="Zoé", email="zoe@example.com", phone="1", language="en", source="customer_service")
    fact = ReclamationEnrichie(claim_id="claim_1", customer_id="cust_2", customer=customer)
    assert learnt_contact_of(fact) == Contact("claim_1", "cust_2", "Zoé", "zoe@example.com", "1", "en")


def test_a_context_without_customer_tells_of_nobody() -> None:
    assert learnt_contact_of(ReclamationEnrichie(claim_id="claim_1")) == Contact("claim_1", None)


def test_nobody_is_reached_by_what_degraded_mode_made_up() -> None:
    made_up = CustomerContext(
        name="Client", email="x@example.com", phone="+33612345612", language="en", source="simulated"
    )
    assert contact_of("claim_1", creee(made_up)) == Contact("claim_1", "cust_1")
    assert learnt_contact_of(ReclamationEnrichie(claim_id="claim_1", customer=made_up)) == Contact("claim_1", None)
    assert merged(contact_of("claim_1", creee(made_up)), LEARNT) == replace(LEARNT, customer_id="cust_1")


def test_one_contact_alone_stays_as_it_is_and_none_stays_none() -> None:
    assert merged(OWN, None) == OWN
    assert merged(None, LEARNT) == LEARNT
    assert merged(None, None) is None


def test_the_claims_own_words_win() -> None:
    assert merged(OWN, LEARNT) == OWN


@pytest.mark.parametrize(
    ("field", "useless"),
    [("name", None), ("name", " \n"), ("email", None), ("email", "zoe@"), ("phone", None), ("phone", "call me")],
)
def test_each_field_that_is_of_no_use_is_what_was_learnt(field: str, useless: str | None) -> None:
    changes: dict[str, Any] = {field: useless}
    expected: dict[str, Any] = {field: getattr(LEARNT, field)}
    assert merged(replace(OWN, **changes), LEARNT) == replace(OWN, **expected)


def test_what_neither_of_them_tells_is_never_invented() -> None:
    nobody = Contact("claim_1", "cust_1")
    assert merged(nobody, Contact("claim_1", None)) == nobody


@pytest.mark.parametrize(
    ("own", "language"),
    [
        (Contact("claim_1", "cust_1"), "en"),
        (Contact("claim_1", "cust_1", name="Zoé"), "fr"),
        (Contact("claim_1", "cust_1", phone="no number"), "fr"),
    ],
)
def test_the_language_is_that_of_whoever_told_of_the_customer(own: Contact, language: str) -> None:
    contact = merged(own, LEARNT)
    assert contact is not None
    assert contact.language == language


def test_an_own_language_is_kept_even_where_nothing_else_was_told() -> None:
    contact = merged(Contact("claim_1", "cust_1", language="en"), replace(LEARNT, language="fr"))
    assert contact is not None
    assert (contact.language, contact.email) == ("en", LEARNT.email)


def test_the_customer_that_was_learnt_takes_the_place_of_the_stand_in() -> None:
    stand_in = replace(OWN, customer_id="customer_of_order_1")
    assert merged(stand_in, replace(LEARNT, customer_id="cust_7")) == replace(OWN, customer_id="cust_7")
