"""Personal data in log lines, masked: whoever reads logs needs no name, address or number of anybody.

Code keeps such data out of its lines; this is for what comes in by another way, as in the text of a library's error.
"""

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"
# What these keys hold is a person's, or what a person wrote.
_KEYS = frozenset(
    {
        "address", "body", "customer_name", "description", "email", "nom", "password", "phone", "prenom", "recipient",
        "resolution", "telephone", "token",
    }
)  # fmt: skip
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# With a country's +, or ten digits as they are written in France. No other digits: ids, times and positions stay whole.
# Each begins with a letter of its own, for which a line is searched fast, and looks behind it afterwards.
_PHONE = re.compile(r"\+(?<![\w.+].)\d[\d .()-]{7,18}\d(?!\w)")
_PHONE_IN_FRANCE = re.compile(r"0(?<![\w.+].)[1-9](?:[ .-]?\d{2}){4}(?!\w)")
_HARMLESS = (str, int, float, bool, type(None))


def mask_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a line, with what personal keys hold masked, however deep they stand."""
    return {
        key: value if key not in _KEYS and type(value) in _HARMLESS else _mask_value(key, value)
        for key, value in facts.items()
    }


def mask_text(line: str) -> str:
    """The line with each e-mail address and telephone number in it masked."""
    if "@" in line:
        line = _EMAIL.sub(MASK, line)
    if "+" in line:
        line = _PHONE.sub(MASK, line)
    return _PHONE_IN_FRANCE.sub(MASK, line)


def _mask_value(key: str, value: Any) -> Any:
    if key in _KEYS:
        return value if value is None else MASK
    if isinstance(value, Mapping):
        return mask_facts(value)
    if isinstance(value, list | tuple):
        return [_mask_value(key, each) for each in value]
    return value
