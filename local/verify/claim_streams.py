"""The claims' streams that no event leads to: of claims that there are not, or with versions that there are not.

All keys of the log are scanned, PAGE_COUNT at a time, and each claim's stream is asked for its last id only. It says
also where a stream ends whose last entry was deleted: the next append is held against it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from redis import Redis
from redis.exceptions import ResponseError

from envelope import from_json
from envelope.errors import UnreadableError
from functions.projection.text import storable
from local.verify.findings import Finding
from local.verify.log import KEYS, Entry, number_of
from local.verify.log_ends import last_id

PAGE_COUNT = 1_000
_PREFIX = KEYS.claim("")


@dataclass(frozen=True, slots=True)
class ClaimStreams:
    """`last_versions` are those that a walk over the whole log saw, by the claim's name in the read models.

    `is_archived(claim_id, version)` asks the archive. Of what comes before position `begins_after` nothing is known.
    """

    redis: "Redis"
    last_versions: Mapping[str, int]
    is_archived: Callable[[str, int], bool]
    begins_after: int = 0

    def findings(self) -> Iterator[Finding]:
        """Streams that end beyond their claim's last event."""
        told: set[bytes] = set()  # a scan may give a key more than once
        for keys in self._pages():
            for key, answer in zip(keys, self._ask(keys), strict=True):
                if key not in told:
                    found = list(self._judge(key, answer))
                    told.update(key for _ in found)
                    yield from found

    def _pages(self) -> Iterator[list[bytes]]:
        cursor: Any = 0
        while True:
            cursor, keys = cast("Any", self.redis.scan(cursor, match=f"{_PREFIX}*", count=PAGE_COUNT))
            yield keys
            if not cursor:
                return

    def _ask(self, keys: list[bytes]) -> list[Any]:
        pipeline = self.redis.pipeline(transaction=False)
        for key in keys:
            pipeline.xinfo_stream(key)
        return pipeline.execute(raise_on_error=False)

    def _judge(self, key: bytes, answer: Any) -> Iterator[Finding]:
        claim_id = key.decode(errors="backslashreplace").removeprefix(_PREFIX)
        if isinstance(answer, ResponseError) and "WRONGTYPE" in str(answer):
            yield Finding("different", "log", "its key is no stream", claim_id)
            return
        last = last_id(answer) or "0-0"
        known = self.last_versions.get(str(storable(claim_id)), 0)
        if not last.endswith("-0"):
            yield Finding("unexpected", "log", f"its stream ends at {last}, which no append gives", claim_id)
        elif number_of(last) > known and not self._is_genuine(key, claim_id, number_of(last)):
            what = f"its stream ends at version {number_of(last)}, its last event is version {known}"
            yield Finding("unexpected", "log", what if known else "it has a stream and no event", claim_id)

    def _is_genuine(self, key: bytes, claim_id: str, version: int) -> bool:
        """Whether this version was appended since the walk, or is among what was accepted as lost.

        An append writes to the stream of all events in the same step; what was trimmed since then is in the archive.
        """
        place = f"{version}-0"
        entries = cast("list[Entry]", self.redis.xrange(key, min=place, max=place))
        position = _position(entries[0][1]) if entries else 0
        if position <= self.begins_after and self.begins_after:
            return True
        if position and self._is_in_the_log(entries[0][1].get(b"event", b""), position, claim_id, version):
            return True
        return self.is_archived(claim_id, version)

    def _is_in_the_log(self, raw: bytes, position: int, claim_id: str, version: int) -> bool:
        place = f"{position}-0"
        entries = cast("list[Entry]", self.redis.xrange(KEYS.all_events, min=place, max=place))
        if not entries or entries[0][1].get(b"event") != raw:
            return False
        try:
            event = from_json(raw, position)
        except UnreadableError:  # told of its position
            return True
        return (event.aggregate_id, event.version) == (claim_id, version)


def _position(fields: Mapping[bytes, bytes]) -> int:
    told = fields.get(b"position", b"")
    return int(told) if told.isdigit() else 0
