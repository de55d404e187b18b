"""What may be removed from the log, and removing it.

A position is the place of an event in the stream of all events. "Kept from 17" means: what stands before 17 goes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from envelope import Envelope
from repositories.ports.log_memory import MemoryUse


@dataclass(frozen=True, slots=True)
class GroupProgress:
    """How far a consumer group is.

    It acknowledged every event up to `done_to`. Should it be lost, it is made again behind `checkpoint`; None where it
    has recorded none yet.
    """

    done_to: int
    checkpoint: int | None


@dataclass(frozen=True, slots=True)
class LogState:
    """The stream of all events: what it holds and who reads it. `first_position` is None where it holds nothing."""

    first_position: int | None
    last_position: int
    groups: Mapping[str, GroupProgress]


@dataclass(frozen=True, slots=True)
class Trimmed:
    """How many entries were removed, by stream; `held_by` tells what stopped it before its end, None: nothing did."""

    entries: Mapping[str, int]
    held_by: str | None = None


@dataclass(frozen=True, slots=True)
class Cooled:
    """How many claims' streams were emptied, and of how many entries in all, those of their contexts among them."""

    claims: int
    entries: int


class LogRetention(Protocol):
    """Each method raises StoreUnavailableError where the log does not answer."""

    def memory(self) -> MemoryUse:
        """How full the log's server is."""

    def state(self) -> LogState:
        """The stream of all events and its groups, as they are now."""

    def event_at(self, position: int) -> Envelope | None:
        """The event at a position; None where it has been removed or never was."""

    def trim(self, keep_from: int, required: Collection[str]) -> Trimmed:
        """Remove what stands before `keep_from` from the stream of all events and from those of the types.

        In the same step as each removal it is looked again whether those of `required` are there, and whether every
        group and its checkpoint are that far. Otherwise nothing more is removed. A group on the stream of a type holds
        back that stream, and closings that are not cooled yet stay.
        """

    def closings(self, count: int) -> Sequence[Envelope]:
        """The oldest `count` closing events whose claims have not been cooled, oldest first."""

    def events_of(self, aggregate_id: str) -> Sequence[Envelope]:
        """What the log still holds of a claim, or of a claim's context, oldest first."""

    def cool(self, closings: Sequence[Envelope], contexts: Sequence[Envelope] = ()) -> Cooled:
        """Empty the streams of the claims that these events closed, and take the closings off the list: one step.

        With them go the streams of the claims' `contexts`, each of which is given by its event. A claim that has an
        event after its closing, or whose stream a group reads, keeps its events; so does a context. A claim that is
        empty already is not counted. The version of a claim stays known, whatever is removed.
        """
