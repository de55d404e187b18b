"""What the name of a field tells of its value: harmless, a person's name, how to reach one, or nothing.

What is not known to be harmless is masked: an event of somebody else's function may hold anything under any name.
"""

import re
from enum import Enum
from functools import lru_cache


class Kind(Enum):
    """What a value is, and so what takes its place."""

    HARMLESS = "harmless"
    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "ip"
    HIDDEN = "hidden"
    """A secret, or what tells of a person even where it is a small number."""
    TEXT = "text"


_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Whole names, put together from their words.
_HARMLESS = _set(
    """
    account account_id action api aws_region channel claim_type condition currency cursor detail_type domain domain_name
    domain_prefix effect event_name event_source event_version executed_version expires_at function_error group
    http_method id is_base64_encoded item_identifier kind language limit method next_cursor offset order_by page path
    position principal_id product_name protocol region request_time resource resource_path resources role route_key
    schema_version scope service sort source stage state status status_code stream sub time timestamp type urgency
    version
    """
)
# The last word of a name that is harmless, unless another of its words is one of those below.
_HARMLESS_ENDS = _set("arn at id ids status timestamp type types")
_HIDDEN = _set(
    """
    address adresse age authorization bearer birth birthday card city cookie credential credentials gender iban key lat
    latitude lng lon longitude nas national nin passport passwd password pin postal postcode rue salary secret session
    sexe signature sin social ssn street tax token user ville zip
    """
)
_NAMES = _set("firstname fullname lastname name names nom prenom surname username")
_EMAILS = _set("courriel email emails mail")
_PHONES = _set("cell fax mobile phone phones sms tel telephone")
# The last words of numbers that are large without being anybody's.
_LARGE_NUMBERS = _set(
    "amount bytes count epoch exp expiration iat ms nbf position price s seconds size timestamp total version"
)


@lru_cache(maxsize=4096)
def kind_of(name: str) -> Kind:
    """What the values under a name are: `customer_id` and `customerId` alike."""
    words = _words(name)
    last = words[-1] if words else ""
    if "_".join(words) in _HARMLESS:
        return Kind.HARMLESS
    if last in _HARMLESS_ENDS and (_HIDDEN.isdisjoint(words) or words == ["user", "id"]):
        return Kind.HARMLESS
    if last in _NAMES:
        return Kind.NAME
    for some, kind in ((_EMAILS, Kind.EMAIL), (_PHONES, Kind.PHONE), ({"ip"}, Kind.ADDRESS)):
        if not some.isdisjoint(words):
            return kind
    return Kind.TEXT if _HIDDEN.isdisjoint(words) else Kind.HIDDEN


@lru_cache(maxsize=4096)
def has_large_numbers(name: str) -> bool:
    """Whether numbers under that name may be large: an amount, a time, a place."""
    words = _words(name)
    return bool(words) and words[-1] in _LARGE_NUMBERS and _HIDDEN.isdisjoint(words)


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]
