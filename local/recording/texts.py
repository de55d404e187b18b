"""Single texts: what of them can stay, and what of personal data stands in those that do."""

import re

from local.recording.keys import Kind
from local.recording.substitutes import MASKED, Substitutes

_USER = re.compile(r"(?<=//)[^/@\s]+(?=@)")
# Bounded: without an @ an unbounded one would look at each stretch of a long text once for each of its characters.
_EMAIL = re.compile(r"[^\s@<>\"'(),;:/=&?]{1,100}@[^\s@<>\"'(),;:/=&?]+")
_PHONE = re.compile(r"(?<![\w.-])(?:\+\d[\d .-]{6,18}\d|0\d(?:[ .-]?\d\d){4})(?![\w-])")
_TOKEN = re.compile(r"eyJ[\w-]{5,}(?:\.[\w-]*){1,4}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")

# What says nothing of anybody, whatever it stands under: a truth, a small number, a UUID, a time.
_PLAIN = re.compile(
    r"(?:true|false|null|none|[+-]?\d{1,6}(?:\.\d{1,6})?"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)",
    re.IGNORECASE,
)
# A name of a thing, and not what a person wrote: no space, nothing beyond ASCII.
_CODE = re.compile(r"[!-~]{0,512}")
_REQUEST_TIME = re.compile(r"\d\d/[A-Z][a-z]{2}/\d{4}(?::\d\d){3} [+-]\d{4}")


def masked_text(text: str, kind: Kind, substitutes: Substitutes) -> str:
    """A text that stands under a name of that kind."""
    if not text or (kind in (Kind.HARMLESS, Kind.TEXT) and _PLAIN.fullmatch(text)):
        return text
    if kind is Kind.HARMLESS:
        return masked_code(text, substitutes)
    if kind is Kind.TEXT:
        kind = _kind_by_look(text)
    return substitutes.of(kind, text)


def masked_code(text: str, substitutes: Substitutes) -> str:
    """A text that is known to be a code: only what looks like personal data in it is masked."""
    if not _CODE.fullmatch(text) and not _REQUEST_TIME.fullmatch(text) and text != "Scheduled Event":
        return substitutes.of(_kind_by_look(text), text)
    return masked_inside(text, substitutes)


def masked_inside(text: str, substitutes: Substitutes) -> str:
    """A text with each address, telephone number and token in it masked."""
    text = _USER.sub(MASKED, text)
    text = _TOKEN.sub(MASKED, text)
    text = _EMAIL.sub(lambda found: substitutes.of(Kind.EMAIL, found[0]), text)
    return _PHONE.sub(lambda found: substitutes.of(Kind.PHONE, found[0]), text)


def _kind_by_look(text: str) -> Kind:
    stripped = text.strip()
    for pattern, kind in ((_EMAIL, Kind.EMAIL), (_PHONE, Kind.PHONE), (_TOKEN, Kind.HIDDEN)):
        if pattern.fullmatch(stripped):
            return kind
    return Kind.TEXT
