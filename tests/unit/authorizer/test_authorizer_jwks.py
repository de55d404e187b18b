"""The keys of an identity provider: read from its document, kept, and read again."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from functions.authorizer.jwks import FRESH_S, READ_AGAIN_S, JwksKeys, KeysUnavailableError, read_url
from functions.authorizer.verifying import TokenError, Trusted
from tests.unit.authorizer.keys import EC_KEY, OTHER_RSA_KEY, RSA_KEY, SECRET, document, jwk, token

OCT = {"kty": "oct", "k": "YSBzZWNyZXQ", "kid": "old"}


class Provider:
    """Publishes a document, or is away; counts how often it is asked."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.document: bytes | None = document(*keys)
        self.asked = 0
        self.now_s = 1000.0
        self.keys = JwksKeys("RS256", self.read, lambda: self.now_s)

    def read(self) -> bytes:
        self.asked += 1
        if self.document is None:
            raise OSError("connection refused")
        return self.document

    def believes(self, text: str) -> bool:
        try:
            Trusted("RS256", self.keys).claims_of(text)
        except TokenError:
            return False
        return True


def test_a_token_is_checked_with_the_key_that_it_names() -> None:
    provider = Provider(jwk(RSA_KEY, "new"), jwk(OTHER_RSA_KEY, "old"))
    assert provider.believes(token(RSA_KEY, "RS256", "new"))
    assert provider.believes(token(OTHER_RSA_KEY, "RS256", "old"))
    assert not provider.believes(token(RSA_KEY, "RS256", "old"))
    assert not provider.believes(token(RSA_KEY, "RS256"))
    assert provider.asked == 1


def test_only_keys_for_signatures_by_the_one_algorithm_are_taken() -> None:
    encryption = jwk(OTHER_RSA_KEY, "enc", use="enc")
    provider = Provider(OCT, jwk(EC_KEY, "ec"), encryption, {"no": "key"}, jwk(RSA_KEY, "new", use="sig"))
    assert provider.believes(token(RSA_KEY, "RS256", "new"))
    assert not provider.believes(token(OTHER_RSA_KEY, "RS256", "enc"))
    assert not provider.believes(token(EC_KEY, "ES256", "ec"))
    assert not provider.believes(token(SECRET, "HS256", "old"))


def test_elliptic_curves_work_alike() -> None:
    keys = JwksKeys("ES256", lambda: document(jwk(RSA_KEY, "rsa"), jwk(EC_KEY, "ec")))
    assert Trusted("ES256", keys).claims_of(token(EC_KEY, "ES256", "ec"))["sub"] == "agent_smith"


def test_a_key_that_was_added_is_found_without_waiting_for_the_hour() -> None:
    provider = Provider(jwk(RSA_KEY, "new"))
    assert provider.believes(token(RSA_KEY, "RS256", "new"))
    provider.document = document(jwk(RSA_KEY, "new"), jwk(OTHER_RSA_KEY, "newer"))
    provider.now_s += READ_AGAIN_S
    assert provider.believes(token(OTHER_RSA_KEY, "RS256", "newer"))
    assert provider.asked == 2


def test_tokens_of_unknown_keys_do_not_have_us_ask_each_time() -> None:
    provider = Provider(jwk(RSA_KEY, "new"))
    for number in range(20):
        provider.now_s += 1
        assert not provider.believes(token(OTHER_RSA_KEY, "RS256", f"made-up-{number}"))
    assert provider.asked == 1


def test_a_key_that_was_withdrawn_is_good_for_an_hour_at_most() -> None:
    provider = Provider(jwk(RSA_KEY, "new"), jwk(OTHER_RSA_KEY, "leaked"))
    assert provider.believes(token(OTHER_RSA_KEY, "RS256", "leaked"))
    provider.document = document(jwk(RSA_KEY, "new"))
    provider.now_s += FRESH_S
    assert not provider.believes(token(OTHER_RSA_KEY, "RS256", "leaked"))


def test_a_provider_that_was_never_there_is_an_error_of_ours_and_no_refusal() -> None:
    provider = Provider()
    provider.document = None
    with pytest.raises(KeysUnavailableError, match="connection refused"):
        provider.believes(token(RSA_KEY, "RS256", "new"))


def test_a_provider_that_goes_away_locks_nobody_out_and_is_not_asked_at_every_token() -> None:
    provider = Provider(jwk(RSA_KEY, "new"))
    assert provider.believes(token(RSA_KEY, "RS256", "new"))
    provider.document = None
    provider.now_s += FRESH_S
    for _ in range(10):
        provider.now_s += 1
        assert provider.believes(token(RSA_KEY, "RS256", "new"))
    assert provider.asked == 2
    provider.document = document(jwk(OTHER_RSA_KEY, "newer"))
    provider.now_s += READ_AGAIN_S
    assert not provider.believes(token(RSA_KEY, "RS256", "new"))


@pytest.mark.parametrize(
    "text", [b"", b"<html>", b"[]", b'{"keys": {}}', b"\xff", b'{"keys": [{"kty": "RSA", "kid": "x"}]}']
)
def test_a_document_that_is_none_is_an_error_of_ours(text: bytes) -> None:
    provider = Provider()
    provider.document = text
    with pytest.raises(KeysUnavailableError):
        provider.believes(token(RSA_KEY, "RS256", "new"))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "W10.W10.W10", "e30.e30.e30"])
def test_what_is_no_token_asks_nobody(text: str) -> None:
    provider = Provider()
    assert not provider.believes(text)
    assert provider.asked == 0


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path != "/away" else 503)
        self.end_headers()
        self.wfile.write(document(jwk(RSA_KEY, "new")) if self.path == "/jwks.json" else b" " * 400_000)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Site)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_document_is_read_over_http(site: str) -> None:
    keys = JwksKeys("RS256", read_url(f"{site}/jwks.json"), time.monotonic)
    assert Trusted("RS256", keys).claims_of(token(RSA_KEY, "RS256", "new"))["role"] == "agent"


@pytest.mark.parametrize("path", ["/large", "/away"])
def test_one_that_is_too_large_or_not_there_is_not_taken(site: str, path: str) -> None:
    with pytest.raises(OSError, match=r"bytes|503"):
        read_url(site + path)()
