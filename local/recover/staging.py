"""The restored streams, written under names that nobody reads, until they take the place of the real ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis import Redis

from envelope import Envelope, context_id_of, to_json
from local.recover.group_stands import GroupStand
from local.recover.history import escaped
from repositories.redis_log.connection import translated_errors
from repositories.redis_log.keys import LogKeys

CLOSING_TYPE = "ReclamationCloturee"
RENAMES_COUNT = 1_000
STAGED = "events:recovering:"


@dataclass(slots=True)
class _Stream:
    """One stream's figures: of `added` entries ever, all up to `dropped` are not kept; `read` is per group."""

    added: int = 0
    last: int = 0
    kept: int = 0
    dropped: int = 0
    read: dict[str, int] = field(default_factory=dict)


class Staging:
    """Writes a history under staged names. Raises StoreUnavailableError."""

    def __init__(self, client: "Redis", keys: LogKeys, stands: Sequence[GroupStand], end: int) -> None:
        """`end` is the last position of the history, beyond which no group can be."""
        self._client: Any = client  # redis-py types every answer as a union over protocols and settings; ours are bytes
        self._keys = keys
        self._done = {stand.group: min(stand.done or 0, end) for stand in stands}
        # The last event is always kept: by it the archive is compared. No group known: keep everything.
        self.first_kept = min([*self._done.values(), end - 1]) + 1 if self._done else 1
        self._streams = {keys.all_events: _Stream()}
        self._claims: set[str] = set()

    @property
    def done(self) -> dict[tuple[str, str], int]:
        """Where each group will stand, by stream and name."""
        return {(group.stream, group.name): done for group, done in self._done.items()}

    def clear(self) -> None:
        """Remove what a run before this one left."""
        with translated_errors():
            for name in self._client.scan_iter(f"{escaped(self._staged(''))}*", count=1_000):
                self._client.unlink(name)

    def write(self, page: Iterable[Envelope]) -> None:
        """Add events, in the order of their positions."""
        pipeline = self._client.pipeline(transaction=False)
        for event in page:
            self._write_claim(pipeline, event)
            for stream in (self._keys.all_events, self._keys.of_type(event.event_type)):
                self._write_stream(pipeline, stream, event)
        with translated_errors():
            pipeline.execute()

    def put_claims_in_place(self) -> None:
        """Each claim's stream takes its place whole; claims are not read half-restored."""
        names = sorted(self._claims)
        for start in range(0, len(names), RENAMES_COUNT):
            pipeline = self._client.pipeline(transaction=False)
            for name in names[start : start + RENAMES_COUNT]:
                pipeline.rename(self._staged(name), name)
            with translated_errors():
                # Repeating is done from the beginning, so each of them is there.
                pipeline.execute()

    def add_streams_in_place(self, transaction: Any) -> None:
        """Queue, in a transaction, that the shared streams and their groups take their places."""
        for name, stream in self._streams.items():
            staged = self._staged(name)
            transaction.execute_command(
                "XSETID",
                staged,
                f"{stream.last}-0",
                *("ENTRIESADDED", stream.added, "MAXDELETEDID", f"{stream.dropped}-0"),
            )
            for group, done in self._done.items():
                if group.stream == name:
                    read = stream.read.get(group.name, 0)
                    transaction.xgroup_create(staged, group.name, id=f"{done}-0", entries_read=read)
            transaction.rename(staged, name)

    def _write_claim(self, pipeline: Any, event: Envelope) -> None:
        name = self._keys.claim(event.aggregate_id)
        self._claims.add(name)
        fields = {"event": to_json(event), "position": event.position}
        pipeline.xadd(self._staged(name), fields, id=f"{event.version}-0")
        if event.event_type == CLOSING_TYPE:
            # Its last id stays, so that its version is known; its events are read from the archive. Its context, where
            # it came before the closing, goes with it as when a claim is cooled.
            for each in (name, self._keys.claim(context_id_of(event.aggregate_id))):
                pipeline.xtrim(self._staged(each), maxlen=0, approximate=False)

    def _write_stream(self, pipeline: Any, name: str, event: Envelope) -> None:
        position = event.position or 0
        stream = self._streams.setdefault(name, _Stream())
        stream.added += 1
        stream.last = position
        keep = position >= self.first_kept
        stream.kept += keep
        stream.dropped = stream.dropped if keep else position
        for group, done in self._done.items():
            if group.stream == name and position <= done:
                stream.read[group.name] = stream.added
        if keep:
            pipeline.xadd(self._staged(name), {"event": to_json(event)}, id=f"{position}-0")
        elif stream.added == 1:
            # It must be there to be given its last id.
            pipeline.xadd(self._staged(name), {"event": ""}, id=f"{position}-0", maxlen=0, approximate=False)

    def _staged(self, name: str) -> str:
        """Beside the real one, in the same slot of a cluster."""
        return f"{self._keys.prefix}{STAGED}{name.removeprefix(self._keys.prefix)}"
