"""What comes with a command, beside the command: who asks, and under which conditions."""

import hashlib
import re
from dataclasses import dataclass, field

import orjson
from pydantic import TypeAdapter

from claim_domain import AssignClaim, Claim, ClaimCommand, CloseClaim, CreateClaim, ResolveClaim, StartClaim
from envelope import Actor
from envelope.errors import PreconditionError

_ETAG = re.compile(r'(?<!W/)"(\d{1,15})"')
_COMMANDS: dict[type, TypeAdapter[ClaimCommand]] = {
    kind: TypeAdapter(kind) for kind in (CreateClaim, AssignClaim, StartClaim, ResolveClaim, CloseClaim)
}


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who asks for a command, what it belongs to, and what must hold for it.

    `versions_allowed` are those of If-Match; None allows any.
    """

    correlation_id: str
    causation_id: str | None = None
    actor: Actor = field(default_factory=Actor)
    idempotency_key: str | None = None
    versions_allowed: frozenset[int] | None = None

    def check_version(self, claim: Claim | None) -> None:
        """Raise PreconditionError where the claim is at none of the versions that If-Match names."""
        if claim is None or self.versions_allowed is None or claim.version in self.versions_allowed:
            return
        raise PreconditionError(
            f"claim {claim.claim_id} is at version {claim.version}; "
            f'to change it as it is now, send If-Match: "{claim.version}"'
        )


def parse_if_match(header: str | None) -> frozenset[int] | None:
    """The versions that If-Match allows, None for any (`*`, or no header).

    A tag that is not one of ours, or a weak one, matches no version (RFC 9110, 13.1.1).
    """
    if header is None or header.strip() == "*":
        return None
    return frozenset(int(version) for version in _ETAG.findall(header))


def hash_command(claim_id: str | None, command: ClaimCommand) -> str:
    """SHA-256 in hex of what is asked for. Fields at their default stay out: adding one changes no earlier hash."""
    asked = _COMMANDS[type(command)].dump_python(command, mode="json", exclude_defaults=True)
    text = orjson.dumps([type(command).__name__, claim_id, asked], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()
