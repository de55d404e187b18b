"""The subscriber's use case: every event into the archive."""

from collections.abc import Mapping, Sequence

from handlers.batch import Record
from metrics.logs import logger
from repositories.errors import ForkError
from repositories.ports.archive import ArchiveWriter


class Archiving:
    """Archives batches; a fork of history is an alarm and a full stop."""

    def __init__(self, archive: ArchiveWriter) -> None:
        self._archive = archive

    def archive(self, records: Sequence[Record]) -> Mapping[str, Exception]:
        """Archive all at once. Returns the failures by entry id.

        Raises ForkError once the archive knows of a fork, StoreUnavailableError when it does not answer: then nothing
        is done, all must come again.
        """
        try:
            failures = self._archive.append([record.envelope for record in records])
        except ForkError as error:
            _alarm(error)
            raise
        for fork in (each for each in failures.values() if isinstance(each, ForkError)):
            _alarm(fork)
        return {
            record.entry_id: failures[key]
            for record in records
            if (key := (record.envelope.aggregate_id, record.envelope.version)) in failures
        }


def _alarm(error: ForkError) -> None:
    logger.critical("history has forked: archiving is stopped until a person has mended it", extra={"fork": str(error)})
