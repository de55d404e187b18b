"""Personal data in log lines, masked: whoever reads logs needs no name, address or number of anybody.

Code keeps such data out of its lines; this is for what comes in by another way, as in the text of a library's error.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

MASK = "***"
# What these keys hold is a person's, or what a person wrote, or a secret.
_KEYS = frozenset(
    {
        "address", "agent_email", "agent_name", "authorization", "body", "cookie", "customer_name", "description",
        "email", "nom", "password", "phone", "prenom", "recipient", "resolution", "secret", "telephone", "token",
    }
)  # fmt: skip
# A `name` is a person's where it stands beside how to reach them, and a function's or a store's elsewhere.
_CONTACT = frozenset({"email", "phone"})
_CUSTOMERS = frozenset({"customer", "customer_context"})

# How long each part may be is bounded, or a long word would be gone through again from each of its letters.
_EMAIL = re.compile(r"[\w.+'&%-]{1,64}@(?:localhost\b|[\w-]{1,63}(?:\.[\w-]{1,63})+)")
_PASSWORD_IN_URL = re.compile(r"(?<=://)[^\s/@\"]{1,256}@")
# With a country's + or 0033, or ten digits as they are written in France. No others: ids, times and positions stay
# whole. Each begins with a letter of its own, for which a line is searched fast, and looks behind it afterwards.
_PHONE = re.compile(r"\+(?<![\w.+].)\d[\d\u00a0\u202f .()-]{7,18}\d(?!\w)")
_PHONE_IN_FRANCE = re.compile(r"0(?<![\w.+].)(?:0[ .-]?33[\u00a0\u202f .-]?)?[1-9](?:[\u00a0\u202f .-]?\d{2}){4}(?!\w)")
_HARMLESS = (str, int, float, bool, type(None))


def mask_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a line, with what personal keys hold masked, however deep they stand."""
    return {
        key: value if key not in _KEYS and type(value) in _HARMLESS else _mask_value(key, value)
        for key, value in facts.items()
    }


def mask_text(line: str) -> str:
    """The line with each e-mail address and telephone number in it masked, and each password of a URL."""
    if "@" in line:
        line = _EMAIL.sub(MASK, _PASSWORD_IN_URL.sub(f"{MASK}:{MASK}@", line))
    if "+" in line:
        line = _PHONE.sub(MASK, line)
    return _PHONE_IN_FRANCE.sub(MASK, line)


def mask_strings(value: Any) -> Any:
    """JSON's values with `mask_text` done to each text in them, keys included."""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, list):
        return [mask_strings(each) for each in value]
    if isinstance(value, dict):
        return {mask_text(key): mask_strings(each) for key, each in value.items()}
    return value


def _mask_value(key: str, value: Any) -> Any:
    if key in _KEYS:
        return value if value is None else MASK
    if isinstance(value, list | tuple | set | frozenset):
        return [_mask_value(key, each) for each in value]
    fields = _fields_of(value)
    return value if fields is None else _mask_fields(fields, is_person=key in _CUSTOMERS)


def _mask_fields(fields: Mapping[str, Any], *, is_person: bool) -> dict[str, Any]:
    masked = mask_facts(fields)
    if fields.get("name") is not None and (is_person or not _CONTACT.isdisjoint(fields)):
        masked["name"] = MASK
    return masked


def _fields_of(value: Any) -> Mapping[str, Any] | None:
    """What has fields, by their names: a mapping, a dataclass, or a model of Pydantic's, which this layer lacks."""
    if isinstance(value, Mapping):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    dump = getattr(value, "model_dump", None)
    fields: Mapping[str, Any] | None = dump() if callable(dump) and not isinstance(value, type) else None
    return fields
