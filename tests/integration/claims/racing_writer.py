"""A claims process of its own, for races between processes."""

from claim_domain import AssignClaim, CreateClaim
from functions.claims.requests import RequestContext
from functions.claims.service import ClaimService
from repositories.errors import VersionConflictError
from repositories.redis_log.connection import connect
from repositories.redis_log.event_log import RedisEventLog


def assign_many(url: str, claim_id: str, writer: int, count: int) -> tuple[list[int], int]:
    """Assign the claim `count` times; the versions that this process won, and how often it gave up."""
    service = _service(url)
    versions, given_up = [], 0
    for number in range(count):
        try:
            accepted = service.change(claim_id, AssignClaim(f"agent_{writer}_{number}"), RequestContext("race"))
        except VersionConflictError:
            given_up += 1
        else:
            versions.append(accepted.version)
    return versions, given_up


def create_under_one_key(url: str, count: int) -> set[str]:
    """Send one and the same command `count` times; the ids that it was answered with."""
    service, context = _service(url), RequestContext("race", idempotency_key="one key")
    command = CreateClaim("cust_1", "billing_error", "Facturé deux fois")
    return {service.create(command, context).claim_id for _ in range(count)}


def _service(url: str) -> ClaimService:
    log = RedisEventLog(connect(url))
    return ClaimService(log, log.read_claim, idempotency_ttl_s=60)
