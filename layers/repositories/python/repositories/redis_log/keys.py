"""Every name that the log has on the server. They are stored data: never change one.

With one partition the names are the requirement's. With more, each name begins with its partition's hash tag `{pK}`,
so that all that one append touches lies in one slot of a cluster; nothing but this module would know.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The names of one partition; `prefix` is empty where there is only one, else `{pK}:`."""

    prefix: str = ""

    @property
    def all_events(self) -> str:
        """The stream of every event, id `<position>-0`."""
        return f"{self.prefix}events:all"

    @property
    def position(self) -> str:
        """The counter: the position of the last event."""
        return f"{self.prefix}events:position"

    @property
    def log_id(self) -> str:
        """The log's incarnation: an id made once, and gone with the log."""
        return f"{self.prefix}events:log_id"

    @property
    def archived(self) -> str:
        """How far the archive was found to be, a position: an archive that has less has lost something."""
        return f"{self.prefix}events:archived"

    def checkpoint(self, group: str) -> str:
        """The hash that tells up to which entry a consumer group has done everything."""
        return f"{self.prefix}events:checkpoint:{group}"

    def claim(self, claim_id: str) -> str:
        """The stream of one claim's events, id `<version>-0`."""
        return f"{self.prefix}claim:{claim_id}"

    def of_type(self, event_type: str) -> str:
        """The stream of one type's events, id `<position>-0`."""
        return f"{self.prefix}events:{event_type.lower()}"

    def command(self, idempotency_key: str) -> str:
        """The record of a command that came with an idempotency key."""
        return f"{self.prefix}command:{idempotency_key}"


SINGLE_PARTITION = LogKeys()
