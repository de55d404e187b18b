"""Who a token says its bearer is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.access import ROLES, Role

ID_LENGTH_MAX = 255


class ClaimsError(Exception):
    """A token says something of its bearer that makes no sense."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The bearer of a valid token. `role` is None where it has none of ours: they are known, and may do nothing.

    `customer_id` is set for customers and `agent_id` for agents; `expires_at` is in seconds since the epoch.
    """

    sub: str
    role: Role | None
    expires_at: int
    customer_id: str | None = None
    agent_id: str | None = None

    def to_context(self) -> dict[str, str]:
        """What the functions find in `requestContext.authorizer`, where all values are texts."""
        told = {
            "sub": self.sub,
            "role": self.role,
            "expires_at": str(self.expires_at),
            "customer_id": self.customer_id,
            "agent_id": self.agent_id,
        }
        return {name: value for name, value in told.items() if value is not None}


def identity_of(claims: Mapping[str, Any]) -> Identity:
    """Read a valid token's claims: `sub`, `role` or `roles`, `customer_id` and `agent_id` (both by default `sub`).

    Of several `roles` the first that is one of ours counts. Raises ClaimsError.
    """
    sub = _id(claims, "sub")
    if sub is None:
        raise ClaimsError("sub is missing")
    role = _role(claims)
    return Identity(
        sub=sub,
        role=role,
        expires_at=int(claims["exp"]),
        customer_id=(_id(claims, "customer_id") or sub) if role == "customer" else None,
        agent_id=(_id(claims, "agent_id") or sub) if role == "agent" else None,
    )


def _role(claims: Mapping[str, Any]) -> Role | None:
    given = claims.get("role", claims.get("roles", []))
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list):
        raise ClaimsError("role is neither a text nor a list of texts")
    return next((role for name in names for role in ROLES if role == name), None)


def _id(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= ID_LENGTH_MAX or not value.isprintable():
        raise ClaimsError(f"{name} is not a text of 1 to {ID_LENGTH_MAX} printable characters")
    return value
