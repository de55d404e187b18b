"""Whether a token is one of those that we believe: its signature, its times, its issuer and audience.

Which algorithm a token is checked with is ours to say, never the token's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from functions.authorizer.identity import ClaimsError, Identity, identity_of

Algorithm = Literal["HS256", "RS256", "ES256"]
Key = RSAPublicKey | EllipticCurvePublicKey | str

LEEWAY_S = 10  # clocks differ


class TokenError(Exception):
    """The token is not to be believed. The text says why, without anything of the token."""


class Keys(Protocol):
    """Where the key comes from."""

    def key_for(self, token: str) -> Key:
        """The key that must have signed the token. Raises TokenError where there is none."""


@dataclass(frozen=True, slots=True)
class OneKey:
    """The same key for every token."""

    key: Key

    def key_for(self, token: str) -> Key:  # noqa: ARG002
        """See Keys."""
        return self.key


@dataclass(frozen=True, slots=True)
class Trusted:
    """One kind of tokens that is believed. None for `issuer` or `audience`: whichever it names.

    `only_role`: whoever signs these may vouch for no other.
    """

    algorithm: Algorithm
    keys: Keys
    issuer: str | None = None
    audience: str | None = None
    only_role: str | None = None

    def claims_of(self, token: str) -> dict[str, Any]:
        """What the token says. Raises TokenError."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key=self.keys.key_for(token),
                algorithms=[self.algorithm],
                issuer=self.issuer,
                audience=self.audience,
                leeway=LEEWAY_S,
                options={"require": self._required(), "verify_aud": self.audience is not None},
            )
        except (jwt.PyJWTError, RecursionError) as error:
            raise TokenError(f"{self.algorithm}: {error}") from None
        if self.only_role is not None and claims.get("role") != self.only_role:
            raise TokenError(f"{self.algorithm}: vouches for another role than {self.only_role}")
        return claims

    def _required(self) -> list[str]:
        given = {"iss": self.issuer, "aud": self.audience}
        return ["exp", "sub", *(name for name, value in given.items() if value is not None)]


class Verifier:
    """Believes a token that any of its kinds believes."""

    def __init__(self, kinds: Sequence[Trusted]) -> None:
        """`kinds` in the order in which they are tried: those that cost least first."""
        self._kinds = kinds

    def identity(self, token: str) -> Identity:
        """Who the bearer is. Raises TokenError; KeysUnavailableError where nobody can tell now."""
        reasons = []
        for kind in self._kinds:
            try:
                return identity_of(kind.claims_of(token))
            except (TokenError, ClaimsError) as error:
                reasons.append(str(error))
        raise TokenError("; ".join(reasons))
