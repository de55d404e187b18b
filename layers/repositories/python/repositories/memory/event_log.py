"""The log in memory: for unit tests and for trying things out. It forgets everything with the process."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from envelope import Envelope
from envelope.errors import RecoursError
from repositories.errors import IdempotencyKeyReusedError, VersionConflictError
from repositories.ports.event_log import Append, Appended, Command, Outcome, check_append


@dataclass(frozen=True, slots=True)
class _Record:
    command_hash: str
    outcome: Outcome
    expires_at_s: float


class MemoryEventLog:
    """An `EventLog` whose every method is one step, however many threads call it."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        """`clock_s` tells when a recorded command has outlived its `ttl_s`."""
        self._clock_s = clock_s
        self._all: list[Envelope] = []
        self._claims: dict[str, list[Envelope]] = {}
        self._commands: dict[str, _Record] = {}
        self._archived = 0
        self._one_at_a_time = threading.RLock()

    def append(
        self, claim_id: str, events: Sequence[Envelope], *, expected_version: int, command: Command | None = None
    ) -> Appended:
        """See `EventLog.append`."""
        item = Append(claim_id, events, expected_version, command)
        check_append(item)
        with self._one_at_a_time:
            return self._append(item)

    def append_many(self, items: Sequence[Append]) -> list[Appended | RecoursError]:
        """See `EventLog.append_many`."""
        for item in items:
            check_append(item)
        with self._one_at_a_time:
            return [self._append_or_error(item) for item in items]

    def outcome_of(self, idempotency_key: str, command_hash: str) -> Outcome | None:
        """See `EventLog.outcome_of`."""
        with self._one_at_a_time:
            record = self._commands.get(idempotency_key)
            if record is None or record.expires_at_s <= self._clock_s():
                return None
        if record.command_hash != command_hash:
            raise IdempotencyKeyReusedError
        return record.outcome

    def read_claim(self, claim_id: str, after_version: int = 0) -> list[Envelope]:
        """See `EventLog.read_claim`."""
        return self._claims.get(claim_id, [])[after_version:]

    def last_position(self) -> int:
        """See `EventLog.last_position`."""
        return len(self._all)

    def first_position(self) -> int | None:
        """See `EventLog.first_position`; nothing is ever trimmed here."""
        return 1 if self._all else None

    def event_at(self, position: int) -> Envelope | None:
        """See `EventLog.event_at`."""
        return self._all[position - 1] if 1 <= position <= len(self._all) else None

    def archived_position(self) -> int:
        """See `GuardedLog.archived_position`."""
        return self._archived

    def note_archived(self, position: int) -> None:
        """See `GuardedLog.note_archived`."""
        self._archived = max(self._archived, position)

    def _append_or_error(self, item: Append) -> Appended | RecoursError:
        try:
            return self._append(item)
        except (VersionConflictError, IdempotencyKeyReusedError) as error:
            return error

    def _append(self, item: Append) -> Appended:
        if item.command is not None:
            outcome = self.outcome_of(item.command.idempotency_key, item.command.command_hash)
            if outcome is not None:
                return Appended(outcome.version, outcome.position, replayed=True, outcome=outcome)
        actual = len(self._claims.get(item.claim_id, ()))
        if actual != item.expected_version:
            raise VersionConflictError(item.claim_id, item.expected_version, actual)
        return self._write(item)

    def _write(self, item: Append) -> Appended:
        first = len(self._all) + 1
        placed = tuple(
            event.model_copy(update={"position": position}) for position, event in enumerate(item.events, start=first)
        )
        self._all.extend(placed)
        self._claims.setdefault(item.claim_id, []).extend(placed)
        appended = Appended(placed[-1].version, len(self._all), placed)
        if item.command is not None:
            self._record(item.command, appended)
        return appended

    def _record(self, command: Command, appended: Appended) -> None:
        outcome = Outcome(command.answer, appended.version, appended.position)
        expires_at_s = self._clock_s() + command.ttl_s
        self._commands[command.idempotency_key] = _Record(command.command_hash, outcome, expires_at_s)
