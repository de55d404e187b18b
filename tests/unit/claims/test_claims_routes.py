"""Every route of the claims service, and every way to be refused by it."""

import re
from typing import Any

import pytest

from envelope.errors import RetryableError
from functions.claims import bootstrap
from functions.claims.app import app as claims_app
from handlers.openapi import describe
from repositories.errors import LogBehindArchiveError, StoreUnavailableError
from repositories.memory.event_log import MemoryEventLog
from tests.unit.claims.claims_api import AGENT, NEW_CLAIM, RESOLUTION, STEPS, Answer, ClaimsApi

EVERY_COMMAND = [("assign", AGENT), ("start", None), ("resolve", RESOLUTION), ("close", None), ("", AGENT)]


def path_of(claim_id: str, step: str) -> str:
    return f"/claims/{claim_id}/{step}".rstrip("/")


def assert_problem(answer: Answer, status: int, saying: str = "") -> None:
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance", "correlation_id", "error"} <= set(answer.body)
    assert answer.body["status"] == status
    assert answer.body["error"] == answer.body["detail"]
    assert saying in answer.body["detail"]
    assert ("errors" in answer.body) == (status == 422)


def fields_at_fault(answer: Answer) -> list[str]:
    assert_problem(answer, 422)
    return [error["field"] for error in answer.body["errors"]]


# Opening a claim


def test_a_new_claim_is_answered_with_its_place_and_its_version(api: ClaimsApi) -> None:
    answer = api.post("/claims", NEW_CLAIM, X_Correlation_ID="trace_1")
    assert answer.status == 201
    assert set(answer.body) == {"claim_id", "status", "version", "position", "event_id", "correlation_id"}
    assert re.fullmatch(r"claim_[0-9a-f]{32}", answer.body["claim_id"])
    assert (answer.body["status"], answer.body["version"], answer.body["position"]) == ("created", 1, 1)
    assert answer.body["correlation_id"] == answer.headers["x-correlation-id"] == "trace_1"
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/claims/{answer.body['claim_id']}"


def test_behind_a_gateway_the_location_has_the_gateways_prefix(api: ClaimsApi) -> None:
    answer = api.post("/claims", NEW_CLAIM, X_Forwarded_Prefix="/claims-service")
    assert answer.headers["location"] == f"/claims-service/claims/{answer.body['claim_id']}"


def test_all_that_a_claim_may_say_is_kept(api: ClaimsApi) -> None:
    body = {
        **NEW_CLAIM,
        "product_id": "prod_abc123",
        "order_id": "order_45678",
        "urgency": "critical",
        "channel": "web",
        "customer": {
            "name": "Zoé",
            "email": "zoe@example.org",
            "phone": "+33 6 12 34 56 78",
            "language": "en",
            "source": "crm",
        },
        "order": {
            "id": "order_45678",
            "customer_id": "cust_12345",
            "status": "delivered",
            "total_amount": 99.5,
            "items": [{"product_id": "prod_abc123", "product_name": "Lampe", "quantity": 2, "unit_price": 49.75}],
            "created_at": "2025-07-08T16:30:00+02:00",
            "source": "simulated",
            "orders_total": 50_000,
        },
    }
    claim_id = api.post("/claims", body).body["claim_id"]
    claim = api.get(f"/claims/{claim_id}").body
    body["order"] = {**body["order"], "created_at": "2025-07-08T14:30:00.000Z"}
    assert {name: claim[name] for name in body} == body


@pytest.mark.parametrize("missing", ["customer_id", "claim_type", "description"])
def test_a_claim_without_a_required_field_is_refused_by_the_fields_name(api: ClaimsApi, missing: str) -> None:
    body = {name: value for name, value in NEW_CLAIM.items() if name != missing}
    assert fields_at_fault(api.post("/claims", body)) == [missing]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer_id", ""),
        ("customer_id", "a" * 129),
        ("customer_id", "with space"),
        ("customer_id", "-begins-with-a-dash"),
        ("customer_id", 12345),
        ("claim_type", "complaint"),
        ("description", ""),
        ("description", " \n\t "),
        ("description", "a" * 10_001),
        ("description", "a\x00b"),
        ("description", None),
        ("product_id", "../etc"),
        ("order_id", "order\n1"),
        ("urgency", "urgent"),
        ("channel", "two\nlines"),
        ("customer.name", "Zoé\r\nBcc: all@example.org"),
        ("customer.email", "nobody"),
        ("customer.email", "a@b, c@d"),
        ("customer.phone", "call me"),
        ("customer.language", "de"),
        ("customer.age", 7),
        ("order.total_amount", 1e13),
        ("order.items.0.quantity", 10**30),
        ("order.created_at", "2025-07-08T14:30:00"),
        ("order.created_at", "0001-01-01T00:00:00+14:00"),
        ("order.created_at", "9999-12-31T23:59:59-14:00"),
        ("order.created_at", 1_751_985_000),
        ("colour", "red"),
    ],
)
def test_a_field_that_is_not_what_the_contract_says_is_refused_by_its_name(
    api: ClaimsApi, log: MemoryEventLog, field: str, value: Any
) -> None:
    assert fields_at_fault(api.post("/claims", _with(NEW_CLAIM, field, value))) == [field]
    assert log.last_position() == 0


def _with(body: dict[str, Any], field: str, value: Any) -> dict[str, Any]:
    """The body with a value at a dotted path; `0` stands for a list of one."""
    first, _, rest = field.partition(".")
    if first == "items":
        return {**body, "items": [_with({}, rest.removeprefix("0."), value)]}
    return {**body, first: _with(body.get(first, {}), rest, value) if rest else value}


@pytest.mark.parametrize("length", [1, 10_000])
def test_a_description_has_1_to_10000_characters(api: ClaimsApi, length: int) -> None:
    assert api.post("/claims", {**NEW_CLAIM, "description": "é" * length}).status == 201


@pytest.mark.parametrize("body", [[], "text", 7, None, {}])
def test_a_body_of_another_form_is_refused(api: ClaimsApi, body: Any) -> None:
    raw = b"null" if body is None else None
    answer = api.post_raw("/claims", raw) if raw else api.post("/claims", body)
    assert_problem(answer, 422)


def test_a_body_that_is_no_json_is_refused(api: ClaimsApi) -> None:
    assert_problem(api.post_raw("/claims", b"{"), 400)
    assert_problem(api.post_raw("/claims", b""), 400)
    assert_problem(api.post_raw("/claims", b'{"description": "\\ud800"}'), 400)


def test_a_body_of_another_type_is_refused(api: ClaimsApi) -> None:
    assert_problem(api.post_raw("/claims", b"a=1", content_type="application/x-www-form-urlencoded"), 415)


def test_a_body_over_256_kib_is_refused(api: ClaimsApi) -> None:
    assert_problem(api.post_raw("/claims", b'"' + b"a" * 256 * 1024 + b'"'), 413)


# A claim's life


def test_a_claim_lives_from_created_to_closed(api: ClaimsApi) -> None:
    claim_id = api.claim("closed")
    claim = api.get(f"/claims/{claim_id}").body
    assert (claim["status"], claim["version"], claim["close_reason"]) == ("closed", 5, "Client satisfait")
    assert [claim[f"{step}_at"] is not None for step in ("assigned", "started", "resolved", "closed")] == [True] * 4


def test_the_short_path_assigns_too(api: ClaimsApi) -> None:
    answer = api.post(f"/claims/{api.claim()}", AGENT)
    assert (answer.status, answer.body["status"], answer.body["version"]) == (200, "assigned", 2)


@pytest.mark.parametrize(("before", "after"), [("assigned", "assigned"), ("in_progress", "in_progress")])
def test_another_agent_may_take_over(api: ClaimsApi, before: str, after: str) -> None:
    claim_id = api.claim(before)
    answer = api.post(f"/claims/{claim_id}/assign", {"agent_id": "agent_jones"})
    assert (answer.status, answer.body["status"]) == (200, after)
    assert api.get(f"/claims/{claim_id}").body["agent_id"] == "agent_jones"


def test_a_command_is_answered_with_the_new_version(api: ClaimsApi) -> None:
    claim_id = api.claim()
    answer = api.post(f"/claims/{claim_id}/assign", AGENT)
    assert (answer.body["claim_id"], answer.body["version"], answer.body["position"]) == (claim_id, 2, 2)
    assert answer.headers["etag"] == '"2"'


ALLOWED = {
    "assign": {"created", "assigned", "in_progress"},
    "": {"created", "assigned", "in_progress"},
    "start": {"assigned"},
    "resolve": {"in_progress"},
    "close": {"resolved"},
}


@pytest.mark.parametrize(("step", "body"), EVERY_COMMAND)
@pytest.mark.parametrize("status", ["created", *STEPS])
def test_a_command_is_possible_only_in_its_status(api: ClaimsApi, status: str, step: str, body: Any) -> None:
    claim_id = api.claim(status)
    answer = api.post(path_of(claim_id, step), body)
    if status in ALLOWED[step]:
        assert answer.status == 200
    else:
        assert_problem(answer, 409, saying=f"claim {claim_id} is {status}")


@pytest.mark.parametrize("claim_id", ["claim_none", "%20", "a" * 129])
@pytest.mark.parametrize(("step", "body"), EVERY_COMMAND)
def test_a_command_on_a_claim_that_never_was_is_not_found(api: ClaimsApi, step: str, body: Any, claim_id: str) -> None:
    assert_problem(api.post(path_of(claim_id, step), body), 404)


@pytest.mark.parametrize(
    ("step", "body", "fields"),
    [
        ("assign", {}, ["agent_id"]),
        ("", {}, ["agent_id"]),
        ("assign", {"agent_id": "a b"}, ["agent_id"]),
        ("assign", {**AGENT, "agent_email": "x"}, ["agent_email"]),
        ("assign", {**AGENT, "estimated_resolution_time": "tomorrow"}, ["estimated_resolution_time"]),
        ("assign", {**AGENT, "priority": 1}, ["priority"]),
        ("start", {"agent_id": "agent_smith"}, ["agent_id"]),
        ("resolve", {}, ["resolution"]),
        ("resolve", {"resolution": "  "}, ["resolution"]),
        ("resolve", {**RESOLUTION, "follow_up_required": "yes"}, ["follow_up_required"]),
        ("close", {"reason": ""}, ["reason"]),
    ],
)
def test_a_commands_fields_are_checked(api: ClaimsApi, step: str, body: Any, fields: list[str]) -> None:
    assert fields_at_fault(api.post(path_of(api.claim(), step), body)) == fields


def test_start_and_close_need_no_body(api: ClaimsApi) -> None:
    assert api.post(f"/claims/{api.claim('assigned')}/start").status == 200
    assert api.post(f"/claims/{api.claim('assigned')}/start", {}).status == 200
    assert api.post(f"/claims/{api.claim('resolved')}/close").status == 200


# If-Match


@pytest.mark.parametrize("tag", ['"2"', '"1", "2"', "*"])
def test_a_command_is_done_where_if_match_holds(api: ClaimsApi, tag: str) -> None:
    assert api.post(f"/claims/{api.claim('assigned')}/start", If_Match=tag).status == 200


@pytest.mark.parametrize("tag", ['"1"', '"3"', 'W/"2"', "2", "", '"abc"'])
def test_a_command_is_refused_where_if_match_does_not_hold(api: ClaimsApi, log: MemoryEventLog, tag: str) -> None:
    claim_id = api.claim("assigned")
    assert_problem(api.post(f"/claims/{claim_id}/start", If_Match=tag), 412, saying="version 2")
    assert log.last_position() == 2


# Idempotency-Key


def test_a_repeat_gets_the_first_answer(api: ClaimsApi, log: MemoryEventLog) -> None:
    first = api.post("/claims", NEW_CLAIM, Idempotency_Key="key 1", X_Correlation_ID="trace_1")
    repeat = api.post("/claims", NEW_CLAIM, Idempotency_Key="key 1", X_Correlation_ID="trace_2")
    assert (repeat.status, repeat.body) == (201, first.body)
    assert (repeat.headers["etag"], repeat.headers["location"]) == (first.headers["etag"], first.headers["location"])
    assert repeat.headers["x-correlation-id"] == "trace_2"
    assert log.last_position() == 1


def test_a_repeat_gets_the_first_answer_even_when_the_claim_moved_on(api: ClaimsApi, log: MemoryEventLog) -> None:
    claim_id = api.claim("assigned")
    first = api.post(f"/claims/{claim_id}/start", Idempotency_Key="k", If_Match='"2"')
    assert api.post(f"/claims/{claim_id}/resolve", RESOLUTION).status == 200
    repeat = api.post(f"/claims/{claim_id}/start", Idempotency_Key="k", If_Match='"2"')
    assert (repeat.status, repeat.body, repeat.headers["etag"]) == (200, first.body, '"3"')
    assert log.last_position() == 4


def test_the_short_and_the_long_path_are_the_same_command(api: ClaimsApi, log: MemoryEventLog) -> None:
    claim_id = api.claim()
    first = api.post(f"/claims/{claim_id}", AGENT, Idempotency_Key="k")
    assert api.post(f"/claims/{claim_id}/assign", AGENT, Idempotency_Key="k").body == first.body
    assert log.last_position() == 2


@pytest.mark.parametrize("body", [{**NEW_CLAIM, "urgency": "high"}, {**NEW_CLAIM, "customer": {"language": "en"}}])
def test_another_body_under_the_same_key_is_refused(api: ClaimsApi, body: Any) -> None:
    api.post("/claims", NEW_CLAIM, Idempotency_Key="k")
    assert_problem(api.post("/claims", body, Idempotency_Key="k"), 422, saying="Idempotency-Key")


def test_the_same_body_for_another_claim_under_the_same_key_is_refused(api: ClaimsApi) -> None:
    api.post(f"/claims/{api.claim()}/assign", AGENT, Idempotency_Key="k")
    assert_problem(api.post(f"/claims/{api.claim()}/assign", AGENT, Idempotency_Key="k"), 422)
    assert_problem(api.post(f"/claims/{api.claim('closed')}/assign", AGENT, Idempotency_Key="k"), 422)


def test_a_command_that_was_refused_may_come_again_under_its_key(api: ClaimsApi) -> None:
    claim_id = api.claim()
    assert_problem(api.post(f"/claims/{claim_id}/start", Idempotency_Key="k"), 409)
    api.post(f"/claims/{claim_id}/assign", AGENT)
    assert api.post(f"/claims/{claim_id}/start", Idempotency_Key="k").status == 200


@pytest.mark.parametrize("key", ["", "é", "a" * 256, "tab\there"])
def test_a_key_that_is_no_key_is_refused(api: ClaimsApi, key: str) -> None:
    assert fields_at_fault(api.post("/claims", NEW_CLAIM, Idempotency_Key=key)) == ["Idempotency-Key"]


# Batches


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_batch_opens_each_claim_by_itself(api: ClaimsApi, log: MemoryEventLog, wrapped: bool) -> None:
    claims = [NEW_CLAIM, {**NEW_CLAIM, "claim_type": "none", "colour": "red"}, "text", NEW_CLAIM]
    answer = api.post("/claims/batch", {"claims": claims} if wrapped else claims)
    assert (answer.status, answer.body["created"], answer.body["failed"]) == (207, 2, 2)
    results = answer.body["results"]
    assert [(result["index"], result["status"]) for result in results] == [(0, 201), (1, 422), (2, 422), (3, 201)]
    assert (results[0]["claim_status"], results[0]["version"], results[3]["position"]) == ("created", 1, 2)
    assert [error["field"] for error in results[1]["errors"]] == ["claim_type", "colour"]
    assert "claim_type" in results[1]["error"]
    assert log.last_position() == 2


def test_a_repeated_batch_gets_its_first_answers(api: ClaimsApi, log: MemoryEventLog) -> None:
    claims = [{"colour": "red"}, NEW_CLAIM, NEW_CLAIM]
    first = api.post("/claims/batch", claims, Idempotency_Key="k")
    assert api.post("/claims/batch", claims, Idempotency_Key="k").body == first.body
    assert log.last_position() == 2


def test_a_batch_under_a_key_of_another_one_is_refused_item_by_item(api: ClaimsApi) -> None:
    api.post("/claims/batch", [NEW_CLAIM], Idempotency_Key="k")
    answer = api.post("/claims/batch", [{**NEW_CLAIM, "urgency": "low"}, NEW_CLAIM], Idempotency_Key="k")
    assert [result["status"] for result in answer.body["results"]] == [422, 201]


def test_a_batch_has_1_to_500_claims(api: ClaimsApi, log: MemoryEventLog) -> None:
    assert api.post("/claims/batch", [NEW_CLAIM] * 500).body["created"] == 500
    others: list[Any] = [[NEW_CLAIM] * 501, [], {}, {"claims": []}, {"claims": [NEW_CLAIM], "more": 1}, "text", 7]
    for refused in others:
        assert_problem(api.post("/claims/batch", refused), 422)
    assert log.last_position() == 500


# Reading


def test_a_claim_is_read_with_its_version_as_etag(api: ClaimsApi) -> None:
    claim_id = api.claim("assigned")
    answer = api.get(f"/claims/{claim_id}")
    assert (answer.status, answer.headers["etag"]) == (200, '"2"')
    assert (answer.body["claim_id"], answer.body["status"], answer.body["urgency"]) == (claim_id, "assigned", "medium")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer.body["created_at"])


def test_the_events_of_a_claim_are_told_in_order(api: ClaimsApi) -> None:
    claim_id = api.claim("closed")
    answer = api.get(f"/claims/{claim_id}/events")
    assert (answer.status, answer.body["claim_id"], answer.body["count"]) == (200, claim_id, 5)
    events = answer.body["events"]
    assert [event["version"] for event in events] == [event["position"] for event in events] == [1, 2, 3, 4, 5]
    assert events[0]["data"] == {**NEW_CLAIM, "urgency": "medium"}
    assert [event["event_type"] for event in events] == [
        "ReclamationCreee",
        "ReclamationAffectee",
        "ReclamationEnCours",
        "ReclamationResolue",
        "ReclamationCloturee",
    ]


def test_an_event_carries_the_ids_of_its_request(api: ClaimsApi) -> None:
    created = api.post("/claims", NEW_CLAIM, X_Correlation_ID="trace_1", X_Causation_ID="cause_1")
    [event] = api.get(f"/claims/{created.body['claim_id']}/events").body["events"]
    assert event["event_id"] == created.body["event_id"]
    assert (event["correlation_id"], event["causation_id"]) == ("trace_1", "cause_1")
    assert event["actor"] == {"type": "anonymous", "id": "anonymous"}


def test_a_replay_folds_the_events_anew(api: ClaimsApi) -> None:
    claim_id = api.claim("resolved")
    answer = api.get(f"/claims/{claim_id}/replay")
    assert answer.body == {"claim": api.get(f"/claims/{claim_id}").body, "reconstructed_from_events": True}


def test_a_replay_tells_what_the_log_has_and_not_what_we_remember(api: ClaimsApi, log: MemoryEventLog) -> None:
    claim_id = api.claim("assigned")
    log._claims[claim_id].pop()
    assert api.get(f"/claims/{claim_id}/replay").body["claim"]["status"] == "created"


@pytest.mark.parametrize("claim_id", ["claim_none", "%20", "a" * 129])
@pytest.mark.parametrize("part", ["", "/events", "/replay"])
def test_a_claim_that_never_was_is_not_found(api: ClaimsApi, claim_id: str, part: str) -> None:
    assert_problem(api.get(f"/claims/{claim_id}{part}"), 404)


@pytest.mark.parametrize("part", ["", "/events", "/replay"])
def test_an_unknown_query_parameter_is_refused(api: ClaimsApi, part: str) -> None:
    assert fields_at_fault(api.get(f"/claims/{api.claim()}{part}?version=1")) == ["version"]


# A log that is away


class LogAway(MemoryEventLog):
    def __init__(self, error: RetryableError) -> None:
        super().__init__()
        self.error = error

    def append(self, *_: Any, **__: Any) -> Any:
        raise self.error

    def append_many(self, items: Any) -> Any:
        return [self.error for _ in items]

    def read_claim(self, *_: Any, **__: Any) -> Any:
        raise self.error


class TestLogAway:
    @pytest.fixture(params=[StoreUnavailableError("unknown: repeat"), LogBehindArchiveError("run recover")])
    def log(self, request: pytest.FixtureRequest) -> MemoryEventLog:
        return LogAway(request.param)

    def test_commands_and_reads_are_answered_503_with_retry_after(self, api: ClaimsApi) -> None:
        answers = [
            api.post("/claims", NEW_CLAIM),
            api.post("/claims/batch", [NEW_CLAIM, {}]),
            *(api.post(path_of("claim_1", step), body) for step, body in EVERY_COMMAND),
            *(api.get(f"/claims/claim_1{part}") for part in ("", "/events", "/replay")),
        ]
        for answer in answers:
            assert_problem(answer, 503)
            assert int(answer.headers["retry-after"]) >= 1


# What every service has


def test_the_standard_routes_are_there(api: ClaimsApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "event_log", MemoryLogThatIsReady)
    assert api.get("/health").body == {"status": "healthy", "service": "claims"}
    assert api.get("/health/ready").body["dependencies"] == {"log": {"status": "up"}}
    described = api.get("/openapi.json").body
    assert "/claims/{claim_id}/resolve" in described["paths"]
    assert set(described["paths"]["/claims"]["post"]["responses"]) == {"201", "default"}


class MemoryLogThatIsReady(MemoryEventLog):
    def check(self) -> None:
        """Nothing can be missing."""


def test_a_log_that_is_away_is_not_ready(api: ClaimsApi, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def check(self) -> None:
            raise StoreUnavailableError("the log does not answer")

    monkeypatch.setattr(bootstrap, "event_log", Away)
    answer = api.get("/health/ready")
    assert (answer.status, answer.body["dependencies"]["log"]["reason"]) == (503, "the log does not answer")


def test_the_description_names_the_headers_that_commands_read() -> None:
    paths = describe(claims_app)["paths"]
    headers = {
        path: [one["name"] for one in paths[path]["post"]["parameters"] if one["in"] == "header"]
        for path in ("/claims", "/claims/{claim_id}/close")
    }
    assert headers == {"/claims": ["Idempotency-Key"], "/claims/{claim_id}/close": ["Idempotency-Key", "If-Match"]}
