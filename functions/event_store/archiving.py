"""The subscriber's use case: every event into the archive."""

from collections.abc import Mapping, Sequence

from envelope import Envelope
from functions.event_store.gaps import Gaps
from handlers.batch import Record
from metrics.logs import logger
from repositories.errors import ForkError
from repositories.ports.archive import ArchiveGapError, ArchiveWriter, VersionKey


class Archiving:
    """Archives batches; a fork of history, and an archive that lost events, are an alarm and a full stop."""

    def __init__(self, archive: ArchiveWriter) -> None:
        self._archive = archive
        self._gaps = Gaps(archive)

    def archive(self, records: Sequence[Record]) -> Mapping[str, Exception]:
        """Archive all at once. Returns the failures by entry id.

        Raises ForkError once the archive knows of a fork, ArchiveGapError where it has lost what it had,
        StoreUnavailableError when it does not answer: then nothing is done, all must come again.
        """
        try:
            failures = self._append([record.envelope for record in records])
        except (ForkError, ArchiveGapError) as error:
            _alarm(error)
            raise
        for alarming in (each for each in failures.values() if isinstance(each, ForkError | ArchiveGapError)):
            _alarm(alarming)
        return {
            record.entry_id: failures[key]
            for record in records
            if (key := (record.envelope.aggregate_id, record.envelope.version)) in failures
        }

    def _append(self, envelopes: Sequence[Envelope]) -> Mapping[VersionKey, Exception]:
        gaps = self._gaps.among(envelopes)
        whole = [event for event in envelopes if (event.aggregate_id, event.version) not in gaps]
        return {**gaps, **self._archive.append(whole)}


def _alarm(error: ForkError | ArchiveGapError) -> None:
    if isinstance(error, ForkError):
        text, facts = "history has forked: archiving is stopped until a person has mended it", {"fork": str(error)}
    else:
        text, facts = "the archive lacks earlier events: what follows them waits", {"gap": str(error)}
    logger.critical(text, extra=facts)
