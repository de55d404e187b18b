"""Cooling: a closed claim that was quiet for long leaves the log; the archive has all of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import takewhile

from envelope import Envelope, context_id_of
from envelope.errors import RecoursError
from repositories.ports.log_retention import Cooled, LogRetention

PAGE_CLAIMS_MAX = 200

ReadArchive = Callable[[str], Sequence[Envelope]]


class ArchiveIncompleteError(RecoursError):
    """The archive lacks an event that it should have, or has another one in its place. A person acts."""


class Cooling:
    """Cools claims, oldest closing first."""

    def __init__(self, log: LogRetention, read_archive: ReadArchive) -> None:
        """`read_archive` gives an aggregate's archived events, oldest first."""
        self._log = log
        self._read_archive = read_archive

    def cool(self, closed_before: datetime, archived_to: int, is_over: Callable[[], bool]) -> Cooled:
        """Cool what was closed before a time and is archived up to its closing, until done or until `is_over`.

        A claim's context goes with it, unless it is not archived yet: then it stays, and holds back nothing else.
        Raises ArchiveIncompleteError for a claim that is not in the archive as it is in the log: that claim keeps its
        events, and so do those closed after it.
        """
        claims = entries = 0
        while not is_over():
            archived, contexts = self._archived(self._ripe(closed_before, archived_to), archived_to, is_over)
            cooled = self._log.cool(archived, contexts)
            claims, entries = claims + cooled.claims, entries + cooled.entries
            if len(archived) < PAGE_CLAIMS_MAX:
                break
        return Cooled(claims, entries)

    def _ripe(self, closed_before: datetime, archived_to: int) -> Sequence[Envelope]:
        def is_ripe(closing: Envelope) -> bool:
            return closing.timestamp <= closed_before and (closing.position or 0) <= archived_to

        return list(takewhile(is_ripe, self._log.closings(PAGE_CLAIMS_MAX)))

    def _archived(
        self, closings: Sequence[Envelope], archived_to: int, is_over: Callable[[], bool]
    ) -> tuple[Sequence[Envelope], Sequence[Envelope]]:
        """As many of them, from the first, as were found archived in time, and the contexts of their claims.

        A slow archive must not end the sweep.
        """
        found: list[Envelope] = []
        contexts: list[Envelope] = []
        for closing in closings:
            if is_over():
                break
            self._check_archived(closing)
            contexts += self._archived_context(closing.aggregate_id, archived_to)
            found.append(closing)
        return found, contexts

    def _archived_context(self, claim_id: str, archived_to: int) -> Sequence[Envelope]:
        """The event of the claim's context; none where the log has none, or the archive has not come to it yet."""
        logged = self._log.events_of(context_id_of(claim_id))
        if not logged or (logged[-1].position or 0) > archived_to:
            return ()
        self._check_archived(logged[-1])
        return logged[-1:]

    def _check_archived(self, last: Envelope) -> None:
        """Whether all of an aggregate up to its last event is archived as the log has it."""
        aggregate_id = last.aggregate_id
        archived = {event.version: event for event in self._read_archive(aggregate_id)}
        lacking = [version for version in range(1, last.version + 1) if version not in archived]
        if lacking:
            raise ArchiveIncompleteError(
                f"the archive lacks version {lacking[0]} of {aggregate_id}; nothing is removed"
            )
        for event in self._log.events_of(aggregate_id):
            if event.version <= last.version and archived[event.version] != event:
                raise ArchiveIncompleteError(
                    f"version {event.version} of {aggregate_id} is another event in the archive; nothing is removed"
                )
