"""Cooling: a closed claim that was quiet for long leaves the log; the archive has all of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import takewhile

from envelope import Envelope
from envelope.errors import RecoursError
from repositories.ports.log_retention import Cooled, LogRetention

PAGE_CLAIMS_MAX = 200

ReadArchive = Callable[[str], Sequence[Envelope]]


class ArchiveIncompleteError(RecoursError):
    """The archive lacks an event that it should have, or has another one in its place. A person acts."""


class Cooling:
    """Cools claims, oldest closing first."""

    def __init__(self, log: LogRetention, read_archive: ReadArchive) -> None:
        """`read_archive` gives a claim's archived events, oldest first."""
        self._log = log
        self._read_archive = read_archive

    def cool(self, closed_before: datetime, archived_to: int, is_over: Callable[[], bool]) -> Cooled:
        """Cool what was closed before a time and is archived up to its closing, until done or until `is_over`.

        Raises ArchiveIncompleteError for a claim that is not in the archive as it is in the log: that claim keeps its
        events, and so do those closed after it.
        """
        claims = entries = 0
        while not is_over():
            archived = self._archived(self._ripe(closed_before, archived_to), is_over)
            cooled = self._log.cool(archived)
            claims, entries = claims + cooled.claims, entries + cooled.entries
            if len(archived) < PAGE_CLAIMS_MAX:
                break
        return Cooled(claims, entries)

    def _ripe(self, closed_before: datetime, archived_to: int) -> Sequence[Envelope]:
        def is_ripe(closing: Envelope) -> bool:
            return closing.timestamp <= closed_before and (closing.position or 0) <= archived_to

        return list(takewhile(is_ripe, self._log.closings(PAGE_CLAIMS_MAX)))

    def _archived(self, closings: Sequence[Envelope], is_over: Callable[[], bool]) -> Sequence[Envelope]:
        """As many of them, from the first, as were found archived in time: a slow archive must not end the sweep."""
        found: list[Envelope] = []
        for closing in closings:
            if is_over():
                break
            self._check_archived(closing)
            found.append(closing)
        return found

    def _check_archived(self, closing: Envelope) -> None:
        claim_id = closing.aggregate_id
        archived = {event.version: event for event in self._read_archive(claim_id)}
        lacking = [version for version in range(1, closing.version + 1) if version not in archived]
        if lacking:
            raise ArchiveIncompleteError(f"the archive lacks version {lacking[0]} of {claim_id}; nothing is removed")
        for event in self._log.events_of(claim_id):
            if event.version <= closing.version and archived[event.version] != event:
                raise ArchiveIncompleteError(
                    f"version {event.version} of {claim_id} is another event in the archive; nothing is removed"
                )
