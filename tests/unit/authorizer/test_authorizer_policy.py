"""A role's policy says of every route what the table says, whichever route it was asked for at."""

import json
import re

import pytest

from events.generate import PATH_PARAMETERS
from functions.authorizer.policy import policy_for
from handlers.access import ALLOWED, ROLES, Role
from tests.unit.authorizer.iam import allows

PREFIX = "arn:aws:execute-api:eu-west-3:123456789012:abc123/v1"
POLICY_BYTES_MAX = 8 * 1024  # API Gateway's limit on the answer of an authorizer
VALUES = {**PATH_PARAMETERS, "parked_id": "17-0"}


def arn_of(method: str, path: str) -> str:
    return f"{PREFIX}/{method}" + re.sub(r"{(\w+)}", lambda found: VALUES[found[1]], path)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), ALLOWED, ids=lambda each: each)
def test_the_policy_agrees_with_the_table(role: Role, method: str, path: str) -> None:
    policy = policy_for(role, f"{PREFIX}/GET/query-service/claims")
    assert allows(policy, arn_of(method, path)) == (role in ALLOWED[method, path])


@pytest.mark.parametrize("role", ROLES)
def test_the_same_policy_is_made_at_every_route(role: Role) -> None:
    policies = {json.dumps(policy_for(role, arn_of(*route))) for route in ALLOWED}
    assert len(policies) == 1


@pytest.mark.parametrize("role", ROLES)
def test_it_is_of_one_stage_of_one_api_alone(role: Role) -> None:
    policy = policy_for(role, f"{PREFIX}/GET/query-service/claims")
    every = [each for statement in policy["Statement"] for each in statement["Resource"]]
    assert all(each.startswith(f"{PREFIX}/") for each in every)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "route", ["GET/nowhere", "DELETE/claims-service/claims/claim_1", "GET/", "PUT/audit-service/audit"]
)
def test_what_the_table_does_not_know_is_for_nobody(role: Role, route: str) -> None:
    assert not allows(policy_for(role, f"{PREFIX}/{route}"), f"{PREFIX}/{route}")


@pytest.mark.parametrize("role", [*ROLES, None])
def test_it_is_within_what_api_gateway_takes(role: Role | None) -> None:
    assert len(json.dumps(policy_for(role, f"{PREFIX}/GET/query-service/claims"))) < POLICY_BYTES_MAX - 1024
