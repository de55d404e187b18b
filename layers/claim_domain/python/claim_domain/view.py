"""A claim as JSON has it, and back: what the API shows, what a snapshot keeps."""

from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter

from claim_domain.claim import Claim
from envelope import format_utc

_CLAIM = TypeAdapter(Claim)
_TIMES = tuple(field.name for field in fields(Claim) if field.name.endswith(("_at", "_time")))


def claim_to_dict(claim: Claim) -> dict[str, Any]:
    """JSON-ready fields of the claim; times as `…Z` with milliseconds."""
    view: dict[str, Any] = _CLAIM.dump_python(claim, mode="json")
    for name in _TIMES:
        moment = getattr(claim, name)
        view[name] = format_utc(moment) if moment else None
    return view


def claim_from_dict(view: dict[str, Any]) -> Claim:
    """The claim that `claim_to_dict` showed. Raises pydantic.ValidationError for anything else."""
    return _CLAIM.validate_python(view)
