"""What the supervisor tells while it works: to a terminal in its own process, or through a pipe to who detached it."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

Stage = Literal["starting", "ready", "note", "up", "failed", "already"]
LAST_STAGES: tuple[Stage, ...] = ("up", "failed", "already")


@dataclass(frozen=True)
class Progress:
    """One thing that happened. `name` is a process or a step; `text` is for people.

    starting, ready: a process or step · note: what a person may want to know later (a restart) · up: all is ready,
    `text` lists the URLs · failed: the start was given up, `text` says why · already: another
    supervisor has the data directory.
    """

    stage: Stage
    name: str
    text: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "Progress":
        return cls(**json.loads(line))


Report = Callable[[Progress], None]
