"""The archive: every event for good."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from envelope import Envelope
from envelope.errors import RetryableError
from repositories.ports.history_totals import HistoryTotals
from repositories.ports.pages import Page, Place

VersionKey = tuple[str, int]
"""A claim's id and a version of it."""


class ArchiveGapError(RetryableError):
    """The archive has lost events that it once had, or never got ones that came before. `./recours recover` mends it.

    Nothing is acknowledged on its account: what comes after a gap waits until the gap is filled.
    """


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last event of the archive's gapless beginning: positions 1 to `position` are all archived.

    `event_hash` is the SHA-256, in hex, of `envelope.to_json` of that event.
    """

    position: int
    event_id: str
    event_hash: str


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events a list shows. Times are inclusive and those of the events; None: any."""

    event_type: str | None = None
    correlation_id: str | None = None
    from_timestamp: datetime | None = None
    to_timestamp: datetime | None = None
    from_position: int = 1


class ArchiveCheckpoints(Protocol):
    """How far the archive is, and whether it is sound."""

    def read(self) -> Checkpoint | None:
        """The checkpoint; None while nothing is archived.

        Raises ForkError where a fork is recorded: nothing may be compared with an archive of two histories.
        Raises StoreUnavailableError.
        """

    def fork(self) -> str | None:
        """The sentence that tells of a fork, or None. Raises StoreUnavailableError."""


class ArchiveWriter(Protocol):
    """What the subscriber does."""

    def append(self, envelopes: Sequence[Envelope]) -> Mapping[VersionKey, Exception]:
        """Archive what is not there yet, then move the checkpoint forward. Returns what failed, {}: all is archived.

        Safe to repeat at any time: an equal event that is already there is done. A different one at the same position
        or the same (claim, version) is a ForkError, which is recorded; from then on every append raises ForkError.
        An event that the store cannot hold, or that has no position, is an UnreadableError of its own.
        Raises StoreUnavailableError when it is not known what was written: deliver all again.
        """

    def checkpoint(self) -> Checkpoint | None:
        """See `ArchiveCheckpoints.read`."""

    def begins_after(self) -> int:
        """The position up to which events may be missing for good, as a person accepted; 0: none. Raises as `read`."""

    def begin_after(self, position: int) -> None:
        """Accept that events up to a position are missing for good: the checkpoint starts there, and moves on.

        Nothing is changed where the checkpoint is there or further already. Raises StoreUnavailableError.
        """

    def holds(self, keys: Collection[VersionKey]) -> set[VersionKey]:
        """Those of the versions that are archived. Raises StoreUnavailableError."""


class ArchiveReader(Protocol):
    """History as it was archived. Each method raises StoreUnavailableError."""

    def of_aggregate(
        self,
        aggregate_id: str,
        *,
        after_version: int = 0,
        up_to_version: int | None = None,
        up_to_timestamp: datetime | None = None,
    ) -> Sequence[Envelope]:
        """A claim's events after `after_version`, oldest first.

        Stops at `up_to_version`, and before the first event that is later than `up_to_timestamp`: the answer is always
        a beginning of what follows `after_version`, whatever the clocks of the writers were.
        """

    def list(self, wanted: EventFilter, place: Place, limit: int) -> Page[Envelope]:
        """Events by position, oldest first."""

    def totals(self) -> HistoryTotals:
        """Counts over all that is archived."""


class Archive(ArchiveWriter, ArchiveReader, Protocol):
    """Both."""
