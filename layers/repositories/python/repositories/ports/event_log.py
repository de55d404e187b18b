"""The log: where an event is first written and acknowledged, one claim's events in order, all events in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from envelope import Envelope
from envelope.errors import RecoursError, RetryableError
from repositories.errors import LogBehindArchiveError


class LogDamagedError(RetryableError):
    """What stands in the log is not what appending leaves there. Nothing is written to it until a person mends it."""


class LogWentBackError(LogBehindArchiveError):
    """This process saw a position that the log no longer has: it was flushed or an old copy was restored."""


class LogTrimmedError(RetryableError):
    """Events that were asked for have been trimmed from the log; the archive has them."""


@dataclass(frozen=True, slots=True)
class Command:
    """What makes two requests one: recorded with the events, in the same step.

    `command_hash` is the SHA-256 (64 hex digits) of the command, `ttl_s` how long the record is kept, `answer` what a
    repeat is answered, anything that JSON can say.
    """

    idempotency_key: str
    command_hash: str
    ttl_s: int
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command recorded before had come to."""

    answer: dict[str, Any]
    version: int
    position: int


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an append left the claim: its version and the position of its last event.

    `replayed` says that nothing was written now because the same command had been before: `outcome` is what it came
    to then, and `events` is empty. Otherwise `events` are those given, with their positions.
    """

    version: int
    position: int
    events: tuple[Envelope, ...] = ()
    replayed: bool = False
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Append:
    """One item of a batch; each is all or none by itself."""

    claim_id: str
    events: Sequence[Envelope]
    expected_version: int
    command: Command | None = None


class EventLog(Protocol):
    """Append-only; versions are gapless within a claim, positions over all claims.

    Every method raises StoreUnavailableError where the store does not answer in time. For an append this means
    "unknown": the caller repeats it with the same idempotency key.
    """

    def append(
        self, claim_id: str, events: Sequence[Envelope], *, expected_version: int, command: Command | None = None
    ) -> Appended:
        """Write all events or none, as versions `expected_version + 1`, ….

        A command recorded before is not done again: `Appended.replayed`. Raises VersionConflictError where the claim
        is at another version, IdempotencyKeyReusedError where the key came with another command, LogBehindArchiveError
        where the log lost events, LogDamagedError where it is not as appending leaves it, LogMisconfiguredError where
        its server would lose events.
        """

    def append_many(self, items: Sequence[Append]) -> list[Appended | RecoursError]:
        """Append each item by itself, in order; the answers, or why there is none, in the order of the items.

        Raises where nothing is known of the whole: StoreUnavailableError, LogBehindArchiveError, LogMisconfiguredError.
        """

    def outcome_of(self, idempotency_key: str, command_hash: str) -> Outcome | None:
        """What the command came to, None where it was not recorded (or the record is older than its `ttl_s`).

        Raises IdempotencyKeyReusedError where the key came with another command.
        """

    def read_claim(self, claim_id: str, after_version: int = 0) -> list[Envelope]:
        """The claim's events with a version above `after_version`, in order; empty where there are none.

        Raises LogTrimmedError where some of them are no longer in the log.
        """

    def last_position(self) -> int:
        """The position of the last event, 0 for an empty log."""

    def first_position(self) -> int | None:
        """The position of the oldest event that has not been trimmed; None where there is none."""

    def event_at(self, position: int) -> Envelope | None:
        """The event at a position; None where it has been trimmed or never was."""


class GuardedLog(EventLog, Protocol):
    """A log that remembers how far the archive was, so that an archive that lost events can be told from a new one."""

    def archived_position(self) -> int:
        """The highest position up to which the archive was ever found to have everything, 0 where nobody looked."""

    def note_archived(self, position: int) -> None:
        """Remember, with the log, that the archive has everything up to a position."""


def check_append(item: Append) -> None:
    """Raise ValueError, for a mistake of ours: the events must be the claim's versions `expected_version + 1`, …."""
    if not item.events:
        raise ValueError("an append has at least one event")
    for version, event in enumerate(item.events, start=item.expected_version + 1):
        if (event.aggregate_id, event.version) != (item.claim_id, version):
            raise ValueError(f"expected {item.claim_id} version {version}, got {event.aggregate_id} {event.version}")
