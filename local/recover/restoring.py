"""The log made again from the archive.

From the first step to the last the log has no id and no counter: every append is refused meanwhile, by processes that
verified it (another id) and by those that come anew (it ends before the archive). A run that died in the middle leaves
it so, and is repeated from its beginning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from redis import Redis
from redis.exceptions import WatchError

from envelope import is_context_id
from envelope.errors import RecoursError
from local.recover.group_stands import GroupStand
from local.recover.history import Told, archived_pages
from local.recover.staging import Staging
from local.recover.survey import LogState, look_at
from repositories.ports.archive import ArchiveReader
from repositories.redis_log.connection import translated_errors
from repositories.redis_log.incarnation import RESTORED
from repositories.redis_log.keys import LogKeys
from streams.group.keys import GroupKeys


class LogChangedError(RecoursError):
    """Somebody wrote to the log since it was compared with the archive."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: events restored, of how many claims, the log's new id, and where each group stands."""

    log_id: str
    end: int
    first_kept: int
    claims: int
    done: dict[tuple[str, str], int]


class Restoring:
    """One restoration. Raises StoreUnavailableError, LogChangedError."""

    def __init__(
        self, client: "Redis", keys: LogKeys, archive: ArchiveReader, stands: Sequence[GroupStand], end: int
    ) -> None:
        """`end` is the archive's last position, of which it has every one."""
        self._client = client
        self._keys = keys
        self._archive = archive
        self._end = end
        self._staging = Staging(client, keys, stands, end)

    def run(self, compared: LogState, told: Told) -> Restored:
        """Restore a log that is still as it was compared."""
        self._shut(compared)
        self._staging.clear()
        claims = reached = 0
        for page in archived_pages(self._archive):
            self._staging.write(page)
            claims += sum(event.version == 1 and not is_context_id(event.aggregate_id) for event in page)
            reached = page[-1].position or 0 if page else reached
            told(reached)
        if reached != self._end:
            raise LogChangedError("the archive got more events meanwhile: run recover again")
        self._staging.put_claims_in_place()
        log_id = RESTORED + str(uuid4())
        self._open(log_id)
        return Restored(log_id, self._end, self._staging.first_kept, claims, self._staging.done)

    def _shut(self, compared: LogState) -> None:
        """Take id and counter away, unless anybody appended meanwhile."""
        keys = self._keys
        with translated_errors(), self._client.pipeline() as transaction:
            transaction.watch(keys.log_id, keys.position)  # type: ignore[no-untyped-call]  # each append moves it
            if look_at(self._client, keys) != compared:
                raise LogChangedError("the log changed while it was compared with the archive: run recover again")
            transaction.multi()
            transaction.delete(keys.log_id, keys.position)
            try:
                transaction.execute()
            except WatchError as error:
                raise LogChangedError("the log changed meanwhile: run recover again") from error

    def _open(self, log_id: str) -> None:
        """The last step, all or nothing: streams, groups, counter and id."""
        keys = self._keys
        with translated_errors(), self._client.pipeline(transaction=True) as transaction:
            self._staging.add_streams_in_place(transaction)
            for (stream, group), done in self._staging.done.items():
                names = GroupKeys(stream, group)
                # A group stands before all that was parked for it, so that comes again.
                transaction.delete(names.parked, names.parked_keys, names.parked_ids, names.retry, names.retried)
                transaction.hset(names.checkpoint, mapping={"entry_id": f"{done}-0", "stream": stream})
            transaction.set(keys.archived, self._end)
            transaction.set(keys.position, self._end)
            transaction.set(keys.log_id, log_id)
            transaction.execute()
