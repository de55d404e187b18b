"""The public keys of an identity provider, from its JWKS document (RFC 7517), kept as long as they may be.

Read again once in a while, for keys are withdrawn, and where a token names a key that is not there, for keys are added;
but not for every such token, or whoever sends some would have us ask the provider as often.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.request import Request, urlopen

import jwt

from functions.authorizer.verifying import Algorithm, Key, TokenError

FRESH_S = 3_600
READ_AGAIN_S = 30  # at the earliest, for a key that is not there
TIMEOUT_S = 2.0  # below the authorizer's own
DOCUMENT_BYTES_MAX = 256 * 1024

# What a key for the algorithm says of itself. Another kind must never be taken: its text could be a secret to HMAC.
_KINDS: Mapping[Algorithm, Mapping[str, str]] = {"RS256": {"kty": "RSA"}, "ES256": {"kty": "EC", "crv": "P-256"}}


class KeysUnavailableError(Exception):
    """The document cannot be read now: nobody can tell whether a token is valid, which is no 401."""


class JwksKeys:
    """The Keys of a JWKS document."""

    def __init__(
        self, algorithm: Algorithm, read: Callable[[], bytes], now_s: Callable[[], float] = time.monotonic
    ) -> None:
        """`read` returns the document, or raises OSError."""
        self._algorithm = algorithm
        self._read = read
        self._now_s = now_s
        self._keys: dict[str, Key] = {}
        self._read_at_s: float | None = None

    def key_for(self, token: str) -> Key:
        """See Keys. Raises KeysUnavailableError where none were ever read."""
        kid = _kid_of(token)
        if self._age_s() >= FRESH_S or (kid not in self._keys and self._age_s() >= READ_AGAIN_S):
            self._refresh()
        if kid not in self._keys:
            raise TokenError("signed with a key that the provider does not publish")
        return self._keys[kid]

    def _age_s(self) -> float:
        return float("inf") if self._read_at_s is None else self._now_s() - self._read_at_s

    def _refresh(self) -> None:
        try:
            keys = dict(_keys_of(self._read(), self._algorithm))
        except (OSError, ValueError) as error:
            if self._read_at_s is None:
                raise KeysUnavailableError(f"the JWKS document cannot be read: {error}") from error
            # What was read before goes on being good: a provider that is away must not lock everybody out.
            self._read_at_s = self._now_s() - FRESH_S + READ_AGAIN_S
            return
        self._keys, self._read_at_s = keys, self._now_s()


def _keys_of(document: bytes, algorithm: Algorithm) -> Iterator[tuple[str, Key]]:
    """The document's keys for signatures by this algorithm, by their names. Raises ValueError for another document."""
    parsed = json.loads(document)
    keys = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(keys, list):
        raise ValueError("it has no list of keys")  # noqa: TRY004 (the document's fault, not the program's)
    wanted = {**_KINDS[algorithm], "use": "sig"}
    for key in keys:
        if isinstance(key, dict) and {**key, "use": key.get("use", "sig")}.items() >= wanted.items() and "kid" in key:
            yield str(key["kid"]), _public_key(key, algorithm)


def _public_key(key: dict[str, Any], algorithm: Algorithm) -> Key:
    try:
        made: Key = jwt.PyJWK(key, algorithm).key
    except jwt.PyJWTError as error:
        raise ValueError(f"one of its keys cannot be read: {error}") from error
    return made


def read_url(url: str) -> Callable[[], bytes]:
    """Reads a document over HTTP, of bounded size and in bounded time."""

    def read() -> bytes:
        request = Request(url, headers={"Accept": "application/json"})  # noqa: S310 (https, or http on this machine: see Settings)
        with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            document: bytes = answer.read(DOCUMENT_BYTES_MAX + 1)
        if len(document) > DOCUMENT_BYTES_MAX:
            raise OSError(f"it has more than {DOCUMENT_BYTES_MAX} bytes")
        return document

    return read


def _kid_of(token: str) -> str:
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, RecursionError) as error:
        raise TokenError(f"not a token: {error}") from None
    if not isinstance(kid, str):
        raise TokenError("does not name its key")
    return kid
