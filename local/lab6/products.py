"""The catalogue: every kind of product from each of ten makers, numbered from 1."""

from dataclasses import dataclass

_MAKERS = (
    "Boréal", "Laurentide", "Nordik", "Saguenay", "Chaleur", "Mistral", "Fjord", "Arpent", "Gaspésie", "Tamarack",
)  # fmt: skip
# A kind's usual price in cents. The dearest maker asks half as much again as the cheapest.
_KINDS = {
    "Bouilloire électrique": 4_500,
    "Casque audio": 11_000,
    "Écouteurs sans fil": 8_500,
    "Enceinte portative": 9_500,
    "Barre de son": 24_000,
    "Téléviseur 50 pouces": 56_000,
    "Ordinateur portable": 94_000,
    "Tablette 11 pouces": 48_000,
    "Téléphone intelligent": 78_000,
    "Montre connectée": 23_000,
    "Clavier mécanique": 11_500,
    "Souris sans fil": 3_900,
    "Écran 27 pouces": 29_000,
    "Imprimante laser": 21_000,
    "Routeur Wi-Fi": 12_900,
    "Disque dur externe 2 To": 9_900,
    "Caméra de surveillance": 7_900,
    "Aspirateur robot": 36_000,
    "Cafetière à filtre": 7_200,
    "Machine à expresso": 42_000,
    "Grille-pain": 4_900,
    "Mélangeur": 8_900,
    "Robot culinaire": 17_500,
    "Four à micro-ondes": 15_900,
    "Déshumidificateur": 26_000,
    "Lampe de bureau": 5_400,
    "Perceuse sans fil": 13_900,
    "Sac à dos": 6_900,
    "Vélo de ville": 64_000,
    "Tente quatre places": 21_900,
}


@dataclass(frozen=True)
class Product:
    """One thing that is sold, with its price in cents."""

    id: int
    name: str
    price_cents: int


def _price_cents(usual_cents: int, maker: int) -> int:
    """A price that a shop would write: it ends in 90 cents."""
    asked = usual_cents * (80 + 5 * maker) // 100
    return asked // 100 * 100 + 90


PRODUCTS = tuple(
    Product(kind * len(_MAKERS) + maker + 1, f"{name} {_MAKERS[maker]}", _price_cents(usual_cents, maker))
    for kind, (name, usual_cents) in enumerate(_KINDS.items())
    for maker in range(len(_MAKERS))
)
