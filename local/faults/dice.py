"""Whether a fault strikes now."""

import os
from collections.abc import Sequence
from pathlib import Path
from random import Random

from local.environment.log import log
from local.faults.grammar import Fault


class Dice:
    """The faults of one process, each with random numbers of its own: the same `seed` gives the same sequence.

    Nothing strikes unless the file `switch` is there. May be used from several threads.
    """

    def __init__(self, faults: Sequence[Fault], seed: str, function: str, switch: Path) -> None:
        self._faults = [
            (fault, Random(f"{seed}:{place}:{fault}"))  # noqa: S311 (to be repeated, not to be secret)
            for place, fault in enumerate(faults)
        ]
        self._function = function
        self._switch = os.fspath(switch)

    def of_kinds(self, *kinds: str) -> list[Fault]:
        """The faults of these kinds that this process injects."""
        return [fault for fault, _ in self._faults if fault.kind in kinds]

    def strike(self, kind: str) -> Fault | None:
        """The fault of this kind that strikes this time, and a line in the log; None, mostly."""
        for fault, random in self._faults:
            if fault.kind == kind and random.random() < fault.probability and os.path.exists(self._switch):
                log("warning", "fault injected", kind=kind, function=self._function, detail=fault.detail)
                return fault
        return None
