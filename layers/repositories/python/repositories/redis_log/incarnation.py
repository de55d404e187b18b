"""Which log this is: an id that the log was given once, and that goes away with it.

A log that was flushed and one that is new look alike. The id tells them apart: a process appends only to the log that
it verified, whatever was on it then. See docs/adr/0009-the-log-has-an-incarnation.md.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from redis import Redis

from repositories.ports.event_log import LogDamagedError, LogWentBackError
from repositories.redis_log.connection import translated_errors
from repositories.redis_log.keys import LogKeys

NAME_SCRIPT = (Path(__file__).parent / "name_log-2.lua").read_text(encoding="utf-8")

RESTORED = "restored:"
"""How the id of a log begins that `recover` restored: what it ended at before says nothing of it any more."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen of the log: its id (empty: it has none) and the position of its last event."""

    log_id: str = ""
    position: int = 0


class Incarnation:
    """The log as this process last saw it. Its methods raise StoreUnavailableError."""

    def __init__(self, client: "Redis", keys: LogKeys) -> None:
        self._client = client
        self._keys = keys
        self._name = client.register_script(NAME_SCRIPT)
        self.seen = Sighting()

    def look(self) -> bool:
        """Take note of the log as it is now; True where it is not the one that was seen before.

        Raises LogWentBackError where it lost its id or events: nothing but restoring it, or a person who starts this
        process anew, makes that well.
        """
        now = sight(self._client, self._keys)
        if not _follows(now, self.seen):
            raise went_back(now.position)
        is_another = self.seen.log_id not in ("", now.log_id)
        self.seen = now
        return is_another

    def reach(self, position: int) -> None:
        """An append was acknowledged at that position."""
        self.seen = Sighting(self.seen.log_id, max(self.seen.position, position))

    def make_sure_of_a_name(self) -> None:
        """Give the log an id where it has none; to be called once it was found to have what it should have.

        Raises LogWentBackError where it lost events since it was looked at.
        """
        if self.seen.log_id:
            return
        with translated_errors():
            answer: Any = self._name(
                keys=[self._keys.log_id, self._keys.position], args=[str(uuid4()), self.seen.position]
            )
        verdict, told = (part.decode() for part in answer)
        if verdict == "went_back":
            raise went_back(int(told))
        self.seen = Sighting(told, self.seen.position)


def sight(client: "Redis", keys: LogKeys) -> Sighting:
    """Look at the log. Raises LogDamagedError where its counter is no number, StoreUnavailableError."""
    with translated_errors():
        log_id, counter = cast("list[bytes | None]", client.mget(keys.log_id, keys.position))
    return Sighting((log_id or b"").decode(), read_position(counter))


def read_position(counter: bytes | None) -> int:
    """The counter as a number, 0 where there is none. Raises LogDamagedError."""
    if counter is not None and not counter.isdigit():
        raise LogDamagedError("the log is damaged: its counter of positions is not a number; nothing is written")
    return int(counter or 0)


def went_back(position: int) -> LogWentBackError:
    """The error for a log that ends at `position`, and is not the one or not all of the one that was verified."""
    return LogWentBackError(
        f"the log went back to position {position}; nothing is appended until it is restored: ./recours recover"
    )


def _follows(now: Sighting, seen: Sighting) -> bool:
    """Whether what is there now can be what was there then, or was restored in its place."""
    if seen.log_id not in ("", now.log_id):
        # Another id that nobody restored was given by a process that did not know what was lost.
        return now.log_id.startswith(RESTORED) or (now.log_id != "" and seen.position == 0)
    return now.position >= seen.position
