"""What an archive must have before more is put into it, so that a lost one is noticed and not quietly begun anew.

Positions cannot tell: events of other claims go on while one claim's waits for a retry or is parked, so a batch that
starts beyond the checkpoint is everyday. Two things do tell, and never without cause. The checkpoint never goes back.
And one claim's events are delivered in their order, each only after the ones before it were acknowledged: so the
version before is in the archive, or in the same batch.
"""

from collections.abc import Sequence

from envelope import Envelope
from repositories.ports.archive import ArchiveGapError, ArchiveWriter, VersionKey


class Gaps:
    """Looks for what is missing; remembers the highest checkpoint that this process saw."""

    def __init__(self, archive: ArchiveWriter) -> None:
        self._archive = archive
        self._seen = 0

    def among(self, envelopes: Sequence[Envelope]) -> dict[VersionKey, ArchiveGapError]:
        """The events that an earlier version of their claim is missing for.

        Raises ArchiveGapError for all of them where the archive was lost, ForkError, StoreUnavailableError.
        """
        self._refuse_an_archive_that_went_back()
        missing = self._missing_before(envelopes)
        if missing and not self._seen:
            claim_id, version = min(missing)
            raise ArchiveGapError(
                f"the archive has no beginning, and version {version} of {claim_id} was in it before: it was lost; "
                "mend it from the log: ./recours recover"
            )
        first = dict(sorted(missing, reverse=True))  # of a claim's, the lowest
        return {
            (event.aggregate_id, event.version): _gap(event.aggregate_id, first[event.aggregate_id])
            for event in envelopes
            if event.version > first.get(event.aggregate_id, event.version)
        }

    def _refuse_an_archive_that_went_back(self) -> None:
        checkpoint = self._archive.checkpoint()
        position = checkpoint.position if checkpoint else 0
        if position < self._seen:
            raise ArchiveGapError(
                f"the archive ends at position {position} and was at {self._seen}: it has lost events; "
                "mend it from the log: ./recours recover"
            )
        self._seen = position

    def _missing_before(self, envelopes: Sequence[Envelope]) -> set[VersionKey]:
        given = {(event.aggregate_id, event.version) for event in envelopes}
        needed = {(claim_id, version - 1) for claim_id, version in given if version > 1} - given
        return needed - self._archive.holds(needed)


def _gap(claim_id: str, version: int) -> ArchiveGapError:
    return ArchiveGapError(
        f"version {version} of {claim_id} is not in the archive, and what follows was delivered: ./recours recover"
    )
