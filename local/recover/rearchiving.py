"""Events that only the log has, put into the archive by the writer that the subscriber uses."""

from collections.abc import Iterator
from itertools import chain, islice

from redis import Redis

from envelope import Envelope
from local.recover.history import PAGE_COUNT, Told, events_in_claims, logged_pages
from local.recover.survey import Survey
from repositories.ports.archive import ArchiveWriter
from repositories.redis_log.keys import LogKeys


def archive_again(client: "Redis", keys: LogKeys, archive: ArchiveWriter, found: Survey, told: Told) -> int:
    """Archive what only the log has; return how many events. To repeat it is safe.

    Raises ForkError, StoreUnavailableError, UnreadableError; whatever event the archive could not take is raised too.
    """
    count = 0
    for page in chain(_from_claims(client, keys, found), _from_stream(client, keys, found)):
        for error in archive.append(page).values():
            raise error
        count += len(page)
        told(page[-1].position or 0)
    return count


def _from_claims(client: "Redis", keys: LogKeys, found: Survey) -> Iterator[list[Envelope]]:
    events = events_in_claims(client, keys, found.only_in_claims) if found.only_in_claims else iter(())
    while page := list(islice(events, PAGE_COUNT)):
        yield page


def _from_stream(client: "Redis", keys: LogKeys, found: Survey) -> Iterator[list[Envelope]]:
    for first, last in found.only_in_log.spans():
        yield from logged_pages(client, keys, first, last)
