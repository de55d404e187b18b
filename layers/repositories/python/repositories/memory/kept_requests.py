"""KeptRequests in memory: for unit tests. It forgets everything with the process, and nothing before."""

from collections.abc import Mapping
from typing import Any

from repositories.errors import IdempotencyKeyReusedError


class MemoryKeptRequests:
    """A KeptRequests."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, Mapping[str, Any]]] = {}

    def find(self, key: str, request_hash: str) -> Mapping[str, Any] | None:
        """See KeptRequests."""
        if key not in self._kept:
            return None
        known_hash, made = self._kept[key]
        if known_hash != request_hash:
            raise IdempotencyKeyReusedError
        return made

    def keep(self, key: str, request_hash: str, made: Mapping[str, Any], ttl_s: int) -> Mapping[str, Any]:  # noqa: ARG002 (kept for good)
        """See KeptRequests."""
        self._kept.setdefault(key, (request_hash, made))
        return self.find(key, request_hash) or made
