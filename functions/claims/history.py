"""All events of a claim, wherever they are: a claim that was quiet for long has been trimmed from the log."""

from collections.abc import Callable, Sequence

from envelope import Envelope
from repositories.ports.event_log import EventLog, LogTrimmedError

ReadArchive = Callable[[str], Sequence[Envelope]]


class ClaimHistory:
    """Reads the log, and the archive for what is no longer there."""

    def __init__(self, log: EventLog, read_archive: ReadArchive) -> None:
        """`read_archive` gives a claim's archived events, oldest first."""
        self._log = log
        self._read_archive = read_archive

    def read(self, claim_id: str) -> Sequence[Envelope]:
        """The claim's events, oldest first; empty for a claim that never was.

        Raises LogTrimmedError where the archive does not have what was trimmed, StoreUnavailableError.
        """
        try:
            return self._log.read_claim(claim_id)
        except LogTrimmedError:
            archived = _gapless(self._read_archive(claim_id))
            if not archived:
                raise
            return [*archived, *self._log.read_claim(claim_id, after_version=archived[-1].version)]


def _gapless(archived: Sequence[Envelope]) -> list[Envelope]:
    """Up to the first version that is missing: the log still has what was overtaken on its way."""
    return [event for version, event in enumerate(archived, start=1) if event.version == version]
