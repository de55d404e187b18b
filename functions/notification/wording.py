"""What the messages say: one template a language, event type, audience and channel, and the words put into it.

A template is a text file for `string.Template`; the first line of an e-mail's is its subject. A line that names a value
which is not known (None) is left out, so that a template needs no conditions.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from string import Template
from typing import Literal, NamedTuple

from repositories.ports.contacts import Language
from repositories.ports.notifications import Channel

Audience = Literal["customer", "agent"]
Words = Mapping[str, str | None]

TEMPLATES = Path(__file__).parent / "templates"
NAME_LENGTH_MAX = 100

CLAIM_TYPES: dict[Language, dict[str, str]] = {
    "fr": {
        "product_defect": "produit défectueux",
        "delivery_issue": "problème de livraison",
        "billing_error": "erreur de facturation",
        "service_complaint": "qualité du service",
    },
    "en": {
        "product_defect": "defective product",
        "delivery_issue": "delivery problem",
        "billing_error": "billing error",
        "service_complaint": "quality of service",
    },
}
_BLANK_LINES = re.compile(r"\n{3,}")


class TemplateName(NamedTuple):
    """Names one template: `fr/ReclamationCreee.customer.email.txt`."""

    language: Language
    event_type: str
    audience: Audience
    channel: Channel

    @property
    def path(self) -> Path:
        """Where its file stands."""
        return TEMPLATES / self.language / f"{self.event_type}.{self.audience}.{self.channel}.txt"


class Rendered(NamedTuple):
    """What a recipient reads. An SMS has no subject."""

    subject: str | None
    text: str


def render(name: TemplateName, words: Words) -> Rendered:
    """Fill in a template. Raises KeyError for a name in it that `words` does not have."""
    lines = [_fill(line, words) for line in _lines(name.path)]
    kept = [line for line in lines if line is not None]
    if name.channel == "sms":
        return Rendered(None, one_line("\n".join(kept)))
    return Rendered(one_line(kept[0]), _BLANK_LINES.sub("\n\n", "\n".join(kept[1:])).strip() + "\n")


def one_line(text: str) -> str:
    """The text without control characters and line breaks, each run of them and of spaces turned into one space.

    What stands in a header goes through here: a name with a line break in it could otherwise begin a header of its own.
    """
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def short_name(name: str | None) -> str | None:
    """A person's name fit for a greeting and a header, or None for a blank one."""
    return one_line(name or "")[:NAME_LENGTH_MAX].rstrip() or None


def moment(time: datetime | None) -> str | None:
    """`2025-07-10 14:30 UTC`"""
    return None if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _fill(line: Template, words: Words) -> str | None:
    if any(words[name] is None for name in line.get_identifiers()):
        return None
    return line.substitute(words)


@cache
def _lines(path: Path) -> list[Template]:
    return [Template(line) for line in path.read_text(encoding="utf-8").splitlines()]
