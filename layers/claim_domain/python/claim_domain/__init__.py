"""The Claim aggregate. Pure: the write side decides with it and replay folds with it, so both agree."""

from claim_domain.claim import Claim, ClaimStatus
from claim_domain.commands import (
    AssignClaim,
    ClaimCommand,
    CloseClaim,
    CreateClaim,
    ResolveClaim,
    StartClaim,
)
from claim_domain.decide import WrongStatusError, decide
from claim_domain.evolve import evolve, evolve_recorded, replay

__all__ = [
    "AssignClaim",
    "Claim",
    "ClaimCommand",
    "ClaimStatus",
    "CloseClaim",
    "CreateClaim",
    "ResolveClaim",
    "StartClaim",
    "WrongStatusError",
    "decide",
    "evolve",
    "evolve_recorded",
    "replay",
]
