"""Subscribers of a log, as far as retention can tell: groups with a checkpoint, which read and acknowledge."""

from typing import Any

from redis import Redis

from repositories.redis_log.keys import LogKeys
from repositories.redis_log.retention_groups import checkpoint_key


class Reader:
    """One consumer of a group of `stream`, which is made where it is not there."""

    def __init__(self, client: "Redis", keys: LogKeys, group: str, stream: str | None = None) -> None:
        self._client: Any = client
        self.group = group
        self.stream = stream or keys.all_events
        self.checkpoint = checkpoint_key(group, keys)
        self.seen: list[int] = []
        self.make(self._recorded())

    def make(self, after: str) -> None:
        """Create the group behind an id, as a poller does."""
        if self.group.encode() not in [info["name"] for info in self._infos()]:
            self._client.xgroup_create(self.stream, self.group, id=after, mkstream=True)

    def remake(self) -> None:
        """The group was lost: make it again behind its checkpoint."""
        self.make(self._recorded())

    def read(self, count: int) -> list[str]:
        """Take entries without acknowledging them."""
        answer = self._client.xreadgroup(self.group, "c", {self.stream: ">"}, count=count)
        ids = [entry_id.decode() for _, entries in answer or [] for entry_id, _ in entries]
        self.seen += [int(entry_id.split("-")[0]) for entry_id in ids]
        return ids

    def acknowledge(self, ids: list[str]) -> None:
        """Be done with entries."""
        if ids:
            self._client.xack(self.stream, self.group, *ids)

    def record(self, entry_id: str) -> None:
        """Write the checkpoint."""
        self._client.hset(self.checkpoint, mapping={"stream": self.stream, "entry_id": entry_id})

    def catch_up(self, count: int = 10_000) -> None:
        """Read, acknowledge, record."""
        ids = self.read(count)
        self.acknowledge(ids)
        if ids:
            self.record(ids[-1])

    def destroy(self) -> None:
        """A person removes the group."""
        self._client.xgroup_destroy(self.stream, self.group)

    def _infos(self) -> Any:
        return self._client.xinfo_groups(self.stream) if self._client.exists(self.stream) else []

    def _recorded(self) -> str:
        recorded = self._client.hget(self.checkpoint, "entry_id")
        return recorded.decode() if recorded else "0"
