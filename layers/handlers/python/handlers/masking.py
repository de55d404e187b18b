"""Personal data, masked: how customers and agents can be reached stays with those who need it.

Supervisors, auditors and machines see everything, customers what is their own, agents no customer's name, address or
number. Descriptions and resolutions are shown to whoever may see the claim: without them nobody could work on it.
"""

import re
from collections.abc import Callable
from typing import Any

from handlers.callers import Caller

MASK = "***"

# A `name` is a person's where it stands beside how to reach them, and a product's or a read model's elsewhere.
_CONTACT = frozenset({"email", "phone"})
_CUSTOMERS = frozenset({"customer", "customer_context"})
_HARMLESS = frozenset({"id", "language", "source"})  # of what tells of a customer


def mask_email(address: str) -> str:
    """`jean@example.com` → `j***@example.com`; what is no address is masked whole."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}" if at else MASK


def mask_phone(number: str) -> str:
    """`+33612345612` → `+33*****12`, `0612345612` → `*****12`"""
    country = number[:3] if number.startswith("+") else ""
    return f"{country}*****{number[-2:]}"


def mask_name(text: str, name: str | None) -> str:
    """The text with each occurrence of the name as whole words turned into its initial: `Marie Roy` → `M***`."""
    if not name:
        return text
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", f"{name[0]}***", text)


def mask_of(caller: Caller) -> Callable[[Any], Any] | None:
    """What masks JSON's values for the caller; None where all may be seen."""
    if caller.sees_all_contacts:
        return None
    return mask_agents if caller.role == "customer" else mask_customers


def mask_customers(value: Any) -> Any:
    """JSON's values with every customer's name, address and number masked, however deep they stand."""
    if isinstance(value, list):
        return [mask_customers(item) for item in value]
    if isinstance(value, dict):
        is_contact = not _CONTACT.isdisjoint(value)
        return {key: _mask_field(key, item, is_contact=is_contact) for key, item in value.items()}
    return value


def mask_agents(value: Any) -> Any:
    """JSON's values with the address of every agent masked."""
    if isinstance(value, list):
        return [mask_agents(item) for item in value]
    if isinstance(value, dict):
        return {key: _mask_agent_field(key, item) for key, item in value.items()}
    return value


def _mask_field(key: str, item: Any, *, is_contact: bool) -> Any:
    if key in _CUSTOMERS:
        return _mask_customer(item)
    if key == "customer_name" or (is_contact and key == "name"):
        return _masked(item, _initial)
    if key in _CONTACT:
        return _masked(item, mask_email if key == "email" else mask_phone)
    if key == "actor":
        return _mask_actor(item)
    return mask_customers(item)


def _mask_customer(customer: Any) -> Any:
    """What tells of a customer: masked is all of it that is not known to be harmless."""
    if isinstance(customer, list):
        return [_mask_customer(each) for each in customer]
    if not isinstance(customer, dict):
        return _masked(customer, lambda _: MASK)
    return {key: item if key in _HARMLESS else _mask_of_customer(key, item) for key, item in customer.items()}


def _mask_of_customer(key: str, item: Any) -> Any:
    known = {"name": _initial, "email": mask_email, "phone": mask_phone}
    return _masked(item, known.get(key, lambda _: MASK))


def _mask_agent_field(key: str, item: Any) -> Any:
    if key == "agent_email":
        return _masked(item, mask_email)
    return _mask_actor(item) if key == "actor" else mask_agents(item)


def _mask_actor(actor: Any) -> Any:
    """Who caused an event; an identity provider may have given them their address for an id."""
    if not isinstance(actor, dict) or "@" not in str(actor.get("id")):
        return actor
    return {**actor, "id": _masked(actor["id"], mask_email)}


def _masked(item: Any, mask: Callable[[str], str]) -> Any:
    if item is None:
        return None
    return mask(item) if isinstance(item, str) and item else MASK


def _initial(name: str) -> str:
    return f"{name[0]}***"
