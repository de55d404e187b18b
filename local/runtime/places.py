"""What an environment is called, and where it writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.template import Function


@dataclass(frozen=True, slots=True)
class Places:
    """The names of one function's environments: `audit`, or `claims-1`, `claims-2` where several are kept warm."""

    label: str
    always_numbered: bool
    logs: Path

    def of(self, number: int) -> tuple[str, Path]:
        """The name and the log file of the environment with that number, from 1."""
        name = f"{self.label}-{number}" if self.always_numbered or number > 1 else self.label
        return name, self.logs / f"{name}.log"


def places_of(functions: Sequence[Function], logs: Path) -> dict[str, Places]:
    """Each function's places, by logical id.

    The first function of a service that answers HTTP goes by the service's name; the others, which are invoked through
    the Invoke API alone, by their own.
    """
    places: dict[str, Places] = {}
    taken: set[str] = set()
    for function in functions:
        is_first = bool(function.routes) and function.service not in taken
        taken |= {function.service} if is_first else set()
        label = function.service if is_first else function.name
        places[function.name] = Places(label, is_first and function.environments > 1, logs)
    return places
