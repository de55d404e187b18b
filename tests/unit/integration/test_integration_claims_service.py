"""What each answer of the claims service means to who asked for a claim from an order."""

from typing import Any

import httpx
import pytest

from envelope.errors import InvalidError
from functions.integration.claims_service import (
    ATTEMPTS_MAX,
    ClaimRefusedError,
    ClaimsUnavailableError,
    HttpClaims,
    Ids,
)

ACCEPTED = {
    "claim_id": "claim_1",
    "status": "created",
    "version": 1,
    "position": 7,
    "event_id": "event-1",
    "correlation_id": "trace-1",
}
IDS = Ids("trace-1", "click-1")


class Remote:
    """Answers in turn, the last one for ever; `asked` are the requests."""

    def __init__(self, *answers: httpx.Response | Exception, tokens: list[str] | None = None) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        token = None if tokens is None else (lambda: tokens.pop(0))
        self.claims = HttpClaims("http://claims/", client, token)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_claim_that_was_taken_is_told_with_its_place() -> None:
    remote = Remote(httpx.Response(201, json=ACCEPTED, headers={"Location": "/claims/claim_1"}))
    made = remote.claims.create({"customer_id": "cust_1"}, "k-1", IDS)
    assert (made.answer, made.location) == (ACCEPTED, "http://claims/claims/claim_1")
    headers = remote.asked[0].headers
    assert [headers[name] for name in ("Idempotency-Key", "X-Correlation-ID", "X-Causation-ID")] == [
        "k-1",
        "trace-1",
        "click-1",
    ]


def test_who_we_are_is_shown_where_it_is_asked_for_and_anew_each_time() -> None:
    remote = Remote(httpx.ReadTimeout("slow"), httpx.Response(201, json=ACCEPTED))
    remote.claims.create({}, "k-1", IDS)
    assert all("Authorization" not in request.headers for request in remote.asked)
    asking = Remote(httpx.ReadTimeout("slow"), httpx.Response(201, json=ACCEPTED), tokens=["first", "second"])
    asking.claims.create({}, "k-1", IDS)
    assert [request.headers["Authorization"] for request in asking.asked] == ["Bearer first", "Bearer second"]


def test_a_claims_service_that_does_not_believe_us_is_no_fault_of_our_caller() -> None:
    remote = Remote(httpx.Response(401, json={"detail": "send a token"}))
    with pytest.raises(ClaimsUnavailableError, match="send a token"):
        remote.claims.create({}, "k-1", IDS)


def test_a_lost_answer_is_asked_for_again_under_the_same_key() -> None:
    remote = Remote(httpx.ReadTimeout("slow"), httpx.Response(201, json=ACCEPTED))
    assert remote.claims.create({}, "k-1", IDS).answer["claim_id"] == "claim_1"
    assert [request.headers["Idempotency-Key"] for request in remote.asked] == ["k-1", "k-1"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.Response(503, json={"detail": "later"}),
        httpx.Response(429),
        httpx.Response(500, text="<html>"),
        httpx.Response(302),
        httpx.Response(401),
        httpx.Response(404),
        httpx.Response(413),
        httpx.Response(204),
        httpx.Response(201, text="<html>"),
        httpx.Response(201, json={}),
        httpx.Response(201, json=[]),
        httpx.Response(201, json=None),
        httpx.Response(201, json={**ACCEPTED, "version": "first"}),
        httpx.Response(201, json=ACCEPTED, headers={"Location": "http://[bad"}),
    ],
)
def test_what_is_between_us_and_the_claims_service_is_no_fault_of_who_asked(answer: Any) -> None:
    remote = Remote(answer)
    with pytest.raises(ClaimsUnavailableError):
        remote.claims.create({}, "k-1", IDS)
    assert len(remote.asked) == ATTEMPTS_MAX


@pytest.mark.parametrize("errors", [None, ["a"], "a", [{"field": "description", "message": "too long"}]])
def test_a_field_that_it_refuses_is_named(errors: object) -> None:
    remote = Remote(httpx.Response(422, json={"detail": "description: too long", "errors": errors}))
    with pytest.raises(InvalidError, match="too long") as refused:
        remote.claims.create({}, "k-1", IDS)
    assert refused.value.fields == (
        (("description", "too long"),) if isinstance(errors, list) and errors != ["a"] else ()
    )
    assert len(remote.asked) == 1


def test_what_it_refuses_for_good_is_refused() -> None:
    with pytest.raises(ClaimRefusedError, match="no"):
        Remote(httpx.Response(409, json={"detail": "no"})).claims.create({}, "k-1", IDS)
