"""The customers, in the shape of the real customer service: French field names, ids that are integers."""

from functools import partial
from typing import Literal, TypedDict
from unicodedata import normalize

from local.lab6.draws import Draws
from local.lab6.names import FIRST_NAMES, LAST_NAMES
from local.lab6.records import Records

COUNT = 20_000
_LANGUAGES: dict[Literal["fr", "en"], int] = {"fr": 80, "en": 20}
_DOMAINS = ("example.com", "example.org", "example.net")  # RFC 2606: nobody's
_WITHOUT_PHONE, _WITHOUT_EMAIL = 49, 98  # the last two digits of their ids

EXAMPLE = 12345
"""The customer of the requirement's example."""


class Customer(TypedDict):
    """What `GET /api/v1/customers/{id}` answers. Some customers have no telephone, others no e-mail address."""

    id: int
    nom: str
    prenom: str
    email: str | None
    telephone: str | None
    langue: Literal["fr", "en"]


def customers(seed: int) -> Records:
    """The customers that this seed makes."""
    return Records("customers", "customer", COUNT, partial(make_customer, seed))


def make_customer(seed: int, number: int) -> Customer:
    """One customer. Pure: the same for the same seed and number."""
    draws = Draws(seed, "customer", number)
    language = draws.weighted(_LANGUAGES)
    first, last = draws.one_of(FIRST_NAMES[language]), draws.one_of(LAST_NAMES[language])
    domain = draws.one_of(_DOMAINS)
    if number == EXAMPLE:
        language, first, last = "fr", "Aline", "Roy"
    return Customer(
        id=number,
        nom=last,
        prenom=first,
        email=None if number % 100 == _WITHOUT_EMAIL else f"{_ascii(first)}.{_ascii(last)}{number}@{domain}",
        # 555 is no exchange: nobody is called, whatever a test does with it.
        telephone=None if number % 100 == _WITHOUT_PHONE else f"+1514555{number % 10_000:04}",
        langue=language,
    )


def _ascii(name: str) -> str:
    """A name as addresses have it: `Marie-Ève` → `marie-eve`, `O'Brien` → `obrien`."""
    return normalize("NFKD", name).encode("ascii", "ignore").decode().replace("'", "").lower()
