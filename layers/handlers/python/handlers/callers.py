"""Who calls: what API Gateway's authorizer told of the caller, read and checked once a request."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from envelope import Actor
from handlers.access import ROLES, Role
from handlers.problems import ForbiddenError, UnauthorizedError

MODE = "AUTH_MODE"
OFF = "off"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a role. `customer_id` is set for customers, `agent_id` for agents."""

    role: Role | Literal["anonymous"]
    sub: str
    customer_id: str | None = None
    agent_id: str | None = None

    @property
    def sees_all_contacts(self) -> bool:
        """Whether names, addresses and numbers of customers are shown as they are, whoever the customer is."""
        return self.role in ("supervisor", "auditor", "service", "anonymous")

    def actor(self) -> Actor:
        """The caller as an event names them."""
        return Actor(type=self.role, id=self.sub)

    def owns(self, customer_id: str | None) -> bool:
        """Whether what is this customer's is for the caller to see: all of it, but for a customer."""
        return self.role != "customer" or (customer_id is not None and customer_id == self.customer_id)

    def own(self, asked: str | None) -> str | None:
        """The customer to ask for: a customer's own id, whatever they left away; for others what they asked for.

        Raises ForbiddenError where a customer asks for another one, whether there is such a one or not.
        """
        if self.role != "customer":
            return asked
        if asked is not None and asked != self.customer_id:
            raise ForbiddenError(f"customer_id: a customer has to do with their own claims only ({self.customer_id})")
        return self.customer_id


ANONYMOUS = Caller("anonymous", "anonymous")
"""Who calls where nobody is asked who they are: may do all."""


def is_auth_required(environ: Mapping[str, str] | None = None) -> bool:
    """Whether callers must be known: always, unless AUTH_MODE is exactly `off`."""
    return (os.environ if environ is None else environ).get(MODE) != OFF


def caller_of(context: Mapping[str, Any] | None, now_s: float | None = None) -> Caller:
    """The caller that the authorizer vouches for, from `requestContext.authorizer`; its values are texts.

    Raises UnauthorizedError where it told nobody, nothing that could be believed, or somebody whose token has expired
    since: API Gateway remembers an authorizer's answer for longer than a token may live.
    """
    told = context or {}
    role, sub = told.get("role"), told.get("sub")
    if role not in ROLES or not isinstance(sub, str) or not sub:
        raise UnauthorizedError("send a token, as Authorization: Bearer TOKEN")
    if _has_expired(told.get("expires_at"), time.time() if now_s is None else now_s):
        raise UnauthorizedError("the token has expired: get another one")
    customer_id = str(told.get("customer_id") or sub) if role == "customer" else None
    agent_id = str(told.get("agent_id") or sub) if role == "agent" else None
    return Caller(role, sub, customer_id, agent_id)


def _has_expired(expires_at: object, now_s: float) -> bool:
    if expires_at is None:
        return False
    try:
        return float(str(expires_at)) <= now_s
    except ValueError:
        return True
