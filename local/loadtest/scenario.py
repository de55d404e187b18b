"""One claim's life as the load test lives it: five commands, and what must have come of them."""

from dataclasses import dataclass, field
from typing import Any

import orjson

EVENT_TYPES = (
    "ReclamationCreee",
    "ReclamationAffectee",
    "ReclamationEnCours",
    "ReclamationResolue",
    "ReclamationCloturee",
)
COMMANDS_PER_CLAIM = len(EVENT_TYPES)

# Created: e-mail and SMS to the customer; assigned: e-mail to the agent; resolved and closed: e-mail to the customer.
EMAILS_PER_CLAIM, TEXTS_PER_CLAIM = 4, 1
NOTIFICATIONS_PER_CLAIM = EMAILS_PER_CLAIM + TEXTS_PER_CLAIM

_CLAIM_TYPES = ("product_defect", "delivery_issue", "billing_error", "service_complaint")
_URGENCIES = ("low", "medium", "high", "critical")
_CUSTOMERS, _AGENTS = 50, 10


@dataclass
class LoadedClaim:
    """One claim of a run. `event_ids` are those that its commands were acknowledged with, in order."""

    run: str
    number: int
    claim_id: str = ""
    event_ids: list[str] = field(default_factory=list)

    @property
    def correlation_id(self) -> str:
        return f"load-{self.run}-{self.number}"

    @property
    def name(self) -> str:
        """How a failure names it: its id, once it has one."""
        return self.claim_id or f"claim number {self.number} (never acknowledged)"

    @property
    def is_whole(self) -> bool:
        """Whether all its commands were acknowledged."""
        return len(self.event_ids) == COMMANDS_PER_CLAIM


@dataclass(frozen=True)
class Command:
    """One POST. `key` is its Idempotency-Key: the same for every repeat."""

    path: str
    body: bytes
    key: str
    correlation_id: str


def next_command(claim: LoadedClaim) -> Command:
    """Return the command that follows from what was acknowledged so far."""
    step = len(claim.event_ids)
    path, body = _STEPS[step](claim)
    return Command(path, orjson.dumps(body), f"load-{claim.run}-{claim.number}-{step + 1}", claim.correlation_id)


def _create(claim: LoadedClaim) -> tuple[str, dict[str, Any]]:
    return "/claims", {
        "customer_id": f"cust_{claim.run}_{claim.number % _CUSTOMERS}",
        "claim_type": _CLAIM_TYPES[claim.number % len(_CLAIM_TYPES)],
        "description": f"Produit défectueux reçu, envoi numéro {claim.number}",
        "product_id": f"prod_{claim.number % 100}",
        "order_id": f"order_{claim.run}_{claim.number}",
        "urgency": _URGENCIES[claim.number % len(_URGENCIES)],
        "channel": "web",
        "customer": {
            "name": f"Camille Essai {claim.number}",
            "email": f"client.{claim.run}.{claim.number}@example.com",
            "phone": f"+336{claim.number % 100_000_000:08d}",
        },
    }


def _assign(claim: LoadedClaim) -> tuple[str, dict[str, Any]]:
    agent = f"agent_{claim.run}_{claim.number % _AGENTS}"
    return f"/claims/{claim.claim_id}/assign", {"agent_id": agent, "agent_name": "Agent d'essai"}


def _start(claim: LoadedClaim) -> tuple[str, dict[str, Any]]:
    return f"/claims/{claim.claim_id}/start", {}


def _resolve(claim: LoadedClaim) -> tuple[str, dict[str, Any]]:
    return f"/claims/{claim.claim_id}/resolve", {
        "resolution": "Produit remplacé par un neuf",
        "resolution_type": "replacement",
        "replacement_tracking": f"track_{claim.number}",
    }


def _close(claim: LoadedClaim) -> tuple[str, dict[str, Any]]:
    return f"/claims/{claim.claim_id}/close", {"reason": "customer_satisfied"}


_STEPS = (_create, _assign, _start, _resolve, _close)
