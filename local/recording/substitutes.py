"""What takes the place of personal data: made up, plausible, and for one value always the same."""

from local.recording.keys import Kind

MASKED = "masked"
LOOPBACK = "127.0.0.1"
# Invented; the numbers are those that the North American plan keeps for fiction, as far as there are enough of them.
_PEOPLE = ("Camille Roy", "Dominique Martin", "Claude Lavoie", "Andrea Gagnon", "Maxime Tremblay", "Sacha Bouchard")


class Substitutes:
    """The substitutes of one event: what was the same stays the same, what differed differs."""

    def __init__(self) -> None:
        self._given: dict[tuple[Kind, str], str] = {}
        self._made: set[tuple[Kind, str]] = set()

    def of(self, kind: Kind, value: str) -> str:
        """The substitute of a value of that kind; that of a substitute is itself."""
        if kind is Kind.HIDDEN:
            return MASKED
        if kind is Kind.ADDRESS:
            return LOOPBACK
        known = (kind, value.strip().casefold())
        if (kind, value) in self._made:
            return value
        if known not in self._given:
            made = _made(kind, 1 + len([each for each, _ in self._made if each is kind]))
            self._given[known] = made
            self._made.add((kind, made))
        return self._given[known]


def _made(kind: Kind, number: int) -> str:
    if kind is Kind.EMAIL:
        return f"personne{number}@example.com"
    if kind is Kind.PHONE:
        return f"+1514555{100 + number:04}"
    if kind is Kind.NAME:
        return _PEOPLE[number - 1] if number <= len(_PEOPLE) else f"Personne {number}"
    return f"texte {number}"
