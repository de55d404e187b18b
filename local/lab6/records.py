"""What a service has: documents numbered from 1, each made when somebody asks for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Records:
    """`count` documents of one kind. `make` is a pure function of a number from 1 to `count`."""

    name: str
    singular: str
    count: int
    make: Callable[[int], Mapping[str, object]]

    def one(self, number: int) -> Mapping[str, object] | None:
        """The document of that number, None where there is none."""
        return self.make(number) if 1 <= number <= self.count else None

    def page(self, limit: int, offset: int) -> list[Mapping[str, object]]:
        """At most `limit` documents in the order of their numbers, after the first `offset`."""
        first = offset + 1
        return [self.make(number) for number in range(first, min(offset + limit, self.count) + 1)]
