"""Ids here and ids there: `order_123` in Recours may be the integer 123 in the order system. Pure."""

import re

CUSTOMER, ORDER, PRODUCT = "cust", "order", "prod"

_OTHER_WORDS = {CUSTOMER: ("customer", "client"), ORDER: ("commande",), PRODUCT: ("product", "produit")}
_STAND_IN = "customer_of_"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@+\-]{0,127}")  # what the claims service takes for an id
_NUMBER = re.compile(r"[0-9]{1,18}")


def is_id(text: str) -> bool:
    """Whether it could be an id that any of us gave."""
    return _ID.fullmatch(text) is not None


def forms_of(identifier: str, kind: str) -> tuple[str, ...]:
    """What to ask another system for, in this order: the order `order_123` → (`order_123`, `123`); `123` → (`123`,).

    Digits behind another word, or behind two, may mean anything: `vip_7` and `order_1_2` are asked for as they are.
    """
    word, separator, number = identifier.partition("_")
    is_numbered = separator and word in (kind, *_OTHER_WORDS[kind]) and _NUMBER.fullmatch(number)
    return (identifier, number) if is_numbered else (identifier,)


def to_id(kind: str, value: object) -> str | None:
    """Another system's id in our form: the number 12345 of a customer → `cust_12345`, a text as it is.

    None for what no id can be.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    if _NUMBER.fullmatch(text):
        return f"{kind}_{int(text)}"
    return text if is_id(text) else None


def is_same(one: str, other: str, kind: str) -> bool:
    """Whether two ids of one kind name the same thing: `cust_7`, `7` and `cust_07` do."""
    return bool(_canonical(one, kind) & _canonical(other, kind))


def stand_in_for_customer_of(order_id: str) -> str:
    """The customer's id while nobody can say whose the order is: `order_123` → `customer_of_order_123`."""
    return f"{_STAND_IN}{order_id}"[:128]


def is_stand_in(customer_id: str) -> bool:
    """Whether it stands in for a customer's id that is not known yet."""
    return customer_id.startswith(_STAND_IN)


def _canonical(identifier: str, kind: str) -> set[str]:
    return {str(int(form)) if _NUMBER.fullmatch(form) else form for form in forms_of(identifier, kind)}
