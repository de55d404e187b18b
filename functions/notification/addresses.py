"""E-mail addresses and telephone numbers: which of them can be written to."""

import re

# What mail servers everywhere take: a dot-atom before the @, a domain with at least one dot behind it (RFC 5321's
# lengths). Quoted local parts and addresses beyond ASCII are refused rather than guessed at.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
EMAIL_LENGTH_MAX = 254

_PHONE = re.compile(r"\+?[0-9]{7,15}")  # E.164 has at most 15 digits; national numbers come without the +
_PHONE_PUNCTUATION = re.compile(r"[ .()/\u00a0\u202f-]")


def read_email(text: str | None) -> str | None:
    """The address without surrounding space, or None for what no e-mail can be sent to."""
    address = (text or "").strip()
    return address if len(address) <= EMAIL_LENGTH_MAX and _EMAIL.fullmatch(address) else None


def read_phone(text: str | None) -> str | None:
    """The number as digits, with its leading + where it has one, or None for what is not a number."""
    number = _PHONE_PUNCTUATION.sub("", (text or "").strip())
    return number if _PHONE.fullmatch(number) else None
