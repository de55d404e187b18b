"""KeptRequests on the log's server: `integration:request:<key>`, `<hash> <JSON>`."""

from collections.abc import Mapping
from typing import Any, cast

import orjson
from redis import Redis

from repositories.errors import IdempotencyKeyReusedError
from repositories.redis_log.connection import translated_errors


class RedisKeptRequests:
    """A KeptRequests."""

    def __init__(self, client: "Redis") -> None:
        self._client = client

    def find(self, key: str, request_hash: str) -> Mapping[str, Any] | None:
        """See KeptRequests."""
        with translated_errors():
            stored = cast("bytes | None", self._client.get(_name(key)))
        return None if stored is None else _read(stored, request_hash)

    def keep(self, key: str, request_hash: str, made: Mapping[str, Any], ttl_s: int) -> Mapping[str, Any]:
        """See KeptRequests. One round trip."""
        record = request_hash.encode() + b" " + orjson.dumps(made)
        with translated_errors():
            earlier = self._client.set(_name(key), record, nx=True, get=True, ex=ttl_s)
        return made if earlier is None else _read(cast("bytes", earlier), request_hash)


def _name(key: str) -> str:
    return f"integration:request:{key}"


def _read(stored: bytes, request_hash: str) -> Mapping[str, Any]:
    known_hash, _, text = stored.partition(b" ")
    if known_hash.decode() != request_hash:
        raise IdempotencyKeyReusedError
    made: Mapping[str, Any] = orjson.loads(text)
    return made
