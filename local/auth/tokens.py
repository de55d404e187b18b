"""Tokens as an identity provider would make them."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from handlers.access import Role
from handlers.tokens import sign

ISSUER = "recours-laptop"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token is for. Ids that are not given are the subject."""

    role: Role
    sub: str
    customer_id: str | None = None
    agent_id: str | None = None


def make_token(bearer: Bearer, secret: str, life_s: int, now_s: Callable[[], float] = time.time) -> str:
    """A token that is good from now on for `life_s` seconds."""
    issued_at = int(now_s())
    ids = {"customer_id": bearer.customer_id, "agent_id": bearer.agent_id}
    return sign(
        {
            "iss": ISSUER,
            "sub": bearer.sub,
            "role": bearer.role,
            **{name: value for name, value in ids.items() if value is not None},
            "iat": issued_at,
            "exp": issued_at + life_s,
        },
        secret,
    )
