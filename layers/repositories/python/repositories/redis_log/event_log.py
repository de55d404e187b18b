"""The log on Redis Streams."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from redis import Redis
from redis.exceptions import RedisError

from envelope import Envelope, from_json
from envelope.errors import RecoursError
from repositories.errors import StoreUnavailableError
from repositories.ports.event_log import (
    Append,
    Appended,
    Command,
    LogTrimmedError,
    LogWentBackError,
    Outcome,
    check_append,
)
from repositories.redis_log.append_script import (
    APPEND_SCRIPT,
    key_reused,
    read_answer,
    read_record,
    script_arguments,
    script_keys,
)
from repositories.redis_log.archive_guard import ArchiveGuard
from repositories.redis_log.connection import translate, translated_errors
from repositories.redis_log.connection_watch import ConnectionWatch, ReconnectedError
from repositories.redis_log.incarnation import Incarnation, read_position
from repositories.redis_log.keys import SINGLE_PARTITION, LogKeys
from repositories.redis_log.readiness import verify_settings
from repositories.redis_log.replicas import ReplicaWait

Entry = tuple[bytes, dict[bytes, bytes]]

CONNECTIONS_MAX = 3  # tried in one append


class RedisEventLog:
    """An `EventLog` on one Redis or Valkey server; see `append_events-N.lua` for what an append is."""

    def __init__(
        self,
        client: "Redis",
        guard: ArchiveGuard | None = None,
        *,
        replicas_required: int = 0,
        keys: LogKeys = SINGLE_PARTITION,
    ) -> None:
        """`guard` compares log and archive before the first append over a connection; without one nobody does."""
        self._client = client
        self._guard = guard
        self._keys = keys
        self._replicas = ReplicaWait(replicas_required)
        self._script = client.register_script(APPEND_SCRIPT)
        self._watch = ConnectionWatch(client)
        self._verified_connection = 0
        self._incarnation = Incarnation(client, keys)

    def append(
        self, claim_id: str, events: Sequence[Envelope], *, expected_version: int, command: Command | None = None
    ) -> Appended:
        """See `EventLog.append`."""
        item = Append(claim_id, events, expected_version, command)
        [answer] = self._append([item], self._run_alone)
        if isinstance(answer, RecoursError):
            raise answer
        return answer

    def append_many(self, items: Sequence[Append]) -> list[Appended | RecoursError]:
        """See `EventLog.append_many`. One round trip: the server syncs its file once for many items."""
        return self._append(items, self._run_together) if items else []

    def outcome_of(self, idempotency_key: str, command_hash: str) -> Outcome | None:
        """See `EventLog.outcome_of`."""
        key = self._keys.command(idempotency_key)
        with translated_errors():
            stored = cast("bytes | None", self._client.get(key))
        if stored is None:
            return None
        record = stored.decode()
        if not record.startswith(command_hash + " "):
            raise key_reused()
        with translated_errors():
            self._replicas.confirm(self._client, key)
        return read_record(record)

    def read_claim(self, claim_id: str, after_version: int = 0) -> list[Envelope]:
        """See `EventLog.read_claim`."""
        key = self._keys.claim(claim_id)
        with translated_errors():
            entries = self._entries(key, min=f"({after_version}-0")
            last = after_version if entries else self._last_number(key)
        if not last:
            self._make_sure_that_nothing_is_lost()  # an emptied log must not say that there never was such a claim
        first = _number(entries[0][0]) if entries else last + 1
        if first > after_version + 1:
            raise LogTrimmedError(f"versions {after_version + 1} to {first - 1} of {claim_id} are in the archive only")
        return [from_json(fields[b"event"], int(fields[b"position"])) for _, fields in entries]

    def last_position(self) -> int:
        """See `EventLog.last_position`."""
        with translated_errors():
            return read_position(cast("bytes | None", self._client.get(self._keys.position)))

    def first_position(self) -> int | None:
        """See `EventLog.first_position`."""
        with translated_errors():
            entries = self._entries(self._keys.all_events, count=1)
        return _number(entries[0][0]) if entries else None

    def event_at(self, position: int) -> Envelope | None:
        """See `EventLog.event_at`."""
        place = f"{position}-0"
        with translated_errors():
            entries = self._entries(self._keys.all_events, min=place, max=place)
        return from_json(entries[0][1][b"event"], position) if entries else None

    def archived_position(self) -> int:
        """See `GuardedLog.archived_position`."""
        with translated_errors():
            return int(cast("bytes | None", self._client.get(self._keys.archived)) or 0)

    def note_archived(self, position: int) -> None:
        """See `GuardedLog.note_archived`. Two that note at once may leave the lower: the next one mends it."""
        if position > self.archived_position():
            with translated_errors():
                self._client.set(self._keys.archived, position)

    def check(self) -> None:
        """Readiness: raise where the server is away, would lose events, or has lost some."""
        verify_settings(self._client)
        self._look()
        if self._guard is not None:
            self._guard.check_again(self)

    def _append(
        self, items: Sequence[Append], run: Callable[[Sequence[Append]], Sequence[Any]]
    ) -> list[Appended | RecoursError]:
        for item in items:
            check_append(item)
        with translated_errors():
            try:
                replies = self._run_verified(items, run)
            except LogWentBackError as error:
                return [error] * len(items)  # as the script says it, of each item
            answers = [_read_reply(item, reply) for item, reply in zip(items, replies, strict=True)]
            self._confirm_repeats(items, answers)
        self._incarnation.reach(max((each.position for each in answers if isinstance(each, Appended)), default=0))
        if any(isinstance(answer, LogWentBackError) for answer in answers):
            self._verified_connection = 0  # the next append looks at what is there then: it may have been restored
        return answers

    def _run_verified(self, items: Sequence[Append], run: Callable[[Sequence[Append]], Sequence[Any]]) -> Sequence[Any]:
        """Append over a connection whose server was found to have everything it should have."""
        for _ in range(CONNECTIONS_MAX):
            self._verify_server()
            try:
                with self._watch.no_new_connection():
                    return run(items)
            except ReconnectedError:  # nothing was sent: look at who is there now
                self._verified_connection = 0
        raise StoreUnavailableError("the log's server closes every connection; nothing was written")

    def _verify_server(self) -> None:
        """Verify each connection's server once; compare with the archive until the two agree."""
        if self._verified_connection != self._watch.connections or not self._verified_connection:
            verify_settings(self._client)
            connection = self._watch.connections
            self._look()
            if self._guard is not None:
                self._guard.forget()
                self._guard.check(self)
            self._incarnation.make_sure_of_a_name()
            self._verified_connection = connection
        elif self._guard is not None:
            self._guard.check(self)

    def _make_sure_that_nothing_is_lost(self) -> None:
        self._look()
        if self._guard is not None:
            self._guard.check(self)

    def _look(self) -> None:
        if self._incarnation.look():
            self._verified_connection = 0
            if self._guard is not None:
                self._guard.forget()

    def _run_alone(self, items: Sequence[Append]) -> Sequence[Any]:
        if self._replicas.replicas_required:
            return self._run_together(items)
        [item] = items
        return [self._script(script_keys(item, self._keys), script_arguments(item, self._incarnation.seen))]

    def _run_together(self, items: Sequence[Append]) -> Sequence[Any]:
        pipeline = self._client.pipeline(transaction=False)
        # In front, so that a server that was restarted meanwhile knows the script: no second round trip to find out.
        pipeline.script_load(APPEND_SCRIPT)
        for item in items:
            names = script_keys(item, self._keys)
            pipeline.evalsha(self._script.sha, len(names), *names, *script_arguments(item, self._incarnation.seen))
        self._replicas.add_to(pipeline)
        _, *replies = self._replicas.take_from(pipeline.execute(raise_on_error=False))
        return replies

    def _confirm_repeats(self, items: Sequence[Append], answers: Sequence[Appended | RecoursError]) -> None:
        for item, answer in zip(items, answers, strict=True):
            if item.command is not None and isinstance(answer, Appended) and answer.replayed:
                self._replicas.confirm(self._client, self._keys.command(item.command.idempotency_key))

    def _entries(self, key: str, **bounds: Any) -> list[Entry]:
        return cast("list[Entry]", self._client.xrange(key, **bounds))

    def _last_number(self, key: str) -> int:
        """The number of the last id a stream ever gave, 0 where there is no stream."""
        if not self._client.exists(key):
            return 0
        return _number(self._client.xinfo_stream(key)["last-generated-id"])


def _number(entry_id: bytes) -> int:
    return int(entry_id.split(b"-")[0])


def _read_reply(item: Append, reply: Any) -> Appended | RecoursError:
    if isinstance(reply, RedisError):
        error = translate(reply)
        error.__cause__ = reply
        return error
    return read_answer(item, reply)
