"""Tokens that we make are those that a library for tokens reads."""

import jwt

from handlers.tokens import LIFE_S, RENEWED_S, ServiceToken, sign

SECRET = "a secret of the tests, of 32 bytes or more"


def test_a_token_says_what_was_signed() -> None:
    claims = {"sub": "Zoé", "role": "agent", "exp": 4_102_444_800}
    assert jwt.decode(sign(claims, SECRET), SECRET, algorithms=["HS256"]) == claims
    assert jwt.get_unverified_header(sign(claims, SECRET)) == {"alg": "HS256", "typ": "JWT"}


def test_a_service_shows_the_same_token_until_it_is_near_its_end() -> None:
    clock = [1_752_000_000.9]
    token = ServiceToken("integration", SECRET, lambda: clock[0])
    first = token()
    said = jwt.decode(first, options={"verify_signature": False})
    assert said == {
        "iss": "recours",
        "sub": "integration",
        "role": "service",
        "iat": 1_752_000_000,
        "exp": 1_752_000_000 + LIFE_S,
    }
    clock[0] = 1_752_000_000 + LIFE_S - RENEWED_S - 0.1
    assert token() == first
    clock[0] += 0.2
    assert token() != first
