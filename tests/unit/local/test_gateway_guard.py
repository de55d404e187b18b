"""The gateway's own routes ask the template's authorizer, and believe it no longer than the token lives."""

import asyncio
import time
from pathlib import Path

import pytest

from local.gateway.guard import Guard, guard_of
from tests.unit.local.gateway_world import Event, FakeInvoker, make_request, read

RESOURCES = """
Api:
  Type: AWS::Serverless::Api
  Properties:
    StageName: v1
    Auth:
      DefaultAuthorizer: Mine
      Authorizers: { Mine: { FunctionArn: !GetAtt A.Arn, FunctionPayloadType: TOKEN } }
A:
  Type: AWS::Serverless::Function
  Metadata: { Recours: { SkippedWithoutAuth: true } }
  Properties: {}
F:
  Type: AWS::Serverless::Function
  Properties:
    Events: { E: { Type: Api, Properties: { RestApiId: !Ref Api, Method: GET, Path: /x } } }
"""


def guard(folder: Path, context: dict[str, object]) -> Guard:
    """A guard whose authorizer lets everybody to GET /parked, and tells this of them."""

    def authorizer(event: Event) -> object:
        resource = event["methodArn"].partition("/")[0] + "/v1/GET/parked"
        statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource}
        return {"principalId": "x", "policyDocument": {"Statement": [statement]}, "context": context}

    made = guard_of(read(folder, RESOURCES), frozenset(), FakeInvoker({"A": authorizer}))
    assert made is not None
    return made


def status(guarded: Guard, method: str = "GET", token: str = "t") -> int | None:
    """The status of the refusal, None where there is none."""
    request = make_request(method, "/parked", {"Authorization": token} if token else {})
    refusal = asyncio.run(guarded.refusal(request))
    return None if refusal is None else refusal.status


def test_who_has_a_token_gets_what_its_policy_allows_and_nobody_else_gets_anything(tmp_path: Path) -> None:
    guarded = guard(tmp_path, {"expires_at": str(int(time.time()) + 600)})
    assert [status(guarded), status(guarded, "POST"), status(guarded, token="")] == [None, 403, 401]


@pytest.mark.parametrize("expires_at", ["1700000000", "soon", "nan"])
def test_an_answer_that_is_still_remembered_is_worth_nothing_once_the_token_has_expired(
    tmp_path: Path, expires_at: str
) -> None:
    assert status(guard(tmp_path, {"expires_at": expires_at})) == 401


def test_an_authorizer_that_tells_no_end_is_believed(tmp_path: Path) -> None:
    assert status(guard(tmp_path, {})) is None


def test_an_authorizer_that_is_skipped_guards_nothing(tmp_path: Path) -> None:
    assert guard_of(read(tmp_path, RESOURCES), frozenset({"A"}), FakeInvoker({})) is None
