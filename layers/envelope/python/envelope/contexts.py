"""A claim's context is an aggregate of its own, named after the claim.

What the order and customer systems say of a claim arrives when they answer, between any two of the claim's own events.
On the claim's stream it would move the version that people decide from; beside it, it moves nothing.
"""

CONTEXT_VERSION = 1
"""The one version that a context ever has: it is appended once, when everything that was asked is answered."""

_PREFIX = "context_"


def context_id_of(claim_id: str) -> str:
    """`claim_67890` → `context_claim_67890`"""
    return f"{_PREFIX}{claim_id}"


def is_context_id(aggregate_id: str) -> bool:
    """Whether it names a claim's context, not a claim. Claims' ids are made by us and never begin like that."""
    return aggregate_id.startswith(_PREFIX)


def claim_id_of(aggregate_id: str) -> str:
    """The claim that an aggregate is, or is the context of: `context_claim_67890` → `claim_67890`"""
    return aggregate_id.removeprefix(_PREFIX)
