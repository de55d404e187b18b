"""One record's random draws: the same for the same seed, on every machine and with every version of Python."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

Thing = TypeVar("Thing")


class Draws:
    """The draws of record `number` of a `kind`, whatever was drawn for others.

    All come from `Random.random`: of that method alone Python promises that a seed's sequence never changes.
    """

    def __init__(self, seed: int, kind: str, number: int) -> None:
        # To be repeated, not to be secret.
        self.fraction = Random(f"{seed}:{kind}:{number}").random  # noqa: S311

    def one_of(self, things: Sequence[Thing]) -> Thing:
        """One of them, each as likely as another."""
        return things[int(self.fraction() * len(things))]

    def weighted(self, weights: Mapping[Thing, int]) -> Thing:
        """One of the keys, each as likely as its weight says."""
        left = self.fraction() * sum(weights.values())
        for thing, weight in weights.items():
            left -= weight
            if left < 0:
                return thing
        raise AssertionError("the weights are whole numbers, so the last one goes below zero")
