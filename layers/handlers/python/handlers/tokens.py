"""Tokens that we make ourselves: JSON Web Tokens signed by HMAC with SHA-256 (RFC 7515, RFC 7519).

Made with the standard library: reading a token takes care, and is the authorizer's; making one takes twenty lines.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson

SERVICE_ISSUER = "recours"
LIFE_S = 300
RENEWED_S = 60  # before the end: a token is on its way, and clocks differ


def sign(claims: Mapping[str, Any], secret: str) -> str:
    """The token that says `claims`."""
    said = b".".join(_base64url(orjson.dumps(part)) for part in ({"alg": "HS256", "typ": "JWT"}, dict(claims)))
    signature = hmac.new(secret.encode(), said, hashlib.sha256).digest()
    return b".".join((said, _base64url(signature))).decode()


class ServiceToken:
    """What one of our services shows to another: short-lived, of the role `service`, made anew before it ends."""

    def __init__(self, service: str, secret: str, now_s: Callable[[], float] = time.time) -> None:
        self._service = service
        self._secret = secret
        self._now_s = now_s
        self._token = ""
        self._renew_at_s = 0.0

    def __call__(self) -> str:
        """A token that is good for RENEWED_S at least."""
        now_s = self._now_s()
        if now_s >= self._renew_at_s:
            self._token = sign(self._claims(int(now_s)), self._secret)
            self._renew_at_s = int(now_s) + LIFE_S - RENEWED_S
        return self._token

    def _claims(self, now_s: int) -> dict[str, Any]:
        return {"iss": SERVICE_ISSUER, "sub": self._service, "role": "service", "iat": now_s, "exp": now_s + LIFE_S}


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
