"""What was made of a request, kept under its idempotency key, so that a repeat is made into the same thing."""

from collections.abc import Mapping
from typing import Any, Protocol


class KeptRequests(Protocol):
    """Both methods raise IdempotencyKeyReusedError where the key came with another request, StoreUnavailableError."""

    def find(self, key: str, request_hash: str) -> Mapping[str, Any] | None:
        """What was kept, None where nothing was. `request_hash` is the SHA-256 (64 hex digits) of the request."""

    def keep(self, key: str, request_hash: str, made: Mapping[str, Any], ttl_s: int) -> Mapping[str, Any]:
        """Keep it for `ttl_s` seconds; return what is kept now: of two at once the first one's. JSON-ready."""
