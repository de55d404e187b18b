"""Recorded fixtures: nothing of a person is in them, and a function takes them as it took the real event."""

import asyncio
import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envelope import from_json, read_payload
from local.apigateway.events import build_event
from local.apigateway.http_events import build_http_event
from local.cli.invoke import read_event
from local.eventgen.requests import make_request
from local.recording.fixtures import write_event, write_fixture
from local.recording.functions import RecordingFunctions
from local.recording.keys import Kind, kind_of
from local.recording.masking import mask
from local.runtime.contract import Invocation, Outcome, UnknownFunctionError
from local.template.model import Api
from tests.unit.local.invokeapi_parts import ScriptedFunctions, failed, succeeded

ROOT = Path(__file__).resolve().parents[3]
EVENTS = ROOT / "events"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGluZSJ9.c2lnbmF0dXJl"
PERSONAL = {
    "name": "Aline Beauséjour",
    "email": "aline.b@poste.example",
    "phone": "+33 6 12 34 56 78",
    "description": "Ma voisine Gertrude l'a cassé hier",
    "postal_code": "75011",
    "password": "hunter2",
    "token": TOKEN,
    "mobile": 33612345678,
    "birth_date": "1980-02-03T00:00:00Z",
}
API = Api("Web", "http", "$default")


def texts(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def remains(masked: object) -> list[str]:
    """The personal values that are still there, also where they are encoded."""
    text = texts(masked)
    for part in text.split('"'):
        try:
            text += base64.b64decode(part, validate=True).decode("utf-8", "replace")
        except ValueError:
            continue
    forms = {form for value in PERSONAL.values() for form in (str(value), quote(str(value)), texts(str(value))[1:-1])}
    return [form for form in forms if form in text]


def request(body: str, content_type: str = "application/json", path: str = "/people/1") -> Any:
    query = urlencode({"q": PERSONAL["name"], "email": PERSONAL["email"], "limit": 10})
    headers = [
        ("Authorization", f"Bearer {TOKEN}"),
        ("Cookie", f"session={PERSONAL['password']}; lang=fr"),
        ("X-Api-Key", "hunter2"),
        ("X-Customer", str(PERSONAL["email"])),
        ("X-Forwarded-For", "203.0.113.9"),
        ("User-Agent", f"App of {PERSONAL['email']}"),
        ("Content-Type", content_type),
        ("X-Correlation-ID", "trace_1"),
    ]
    return make_request("POST", f"{path}?{query}", headers=headers, body=body)


def rest(body: str, content_type: str = "application/json") -> dict[str, Any]:
    path = f"/people/{quote(str(PERSONAL['name']))}/cards/{quote(str(PERSONAL['email']))}"
    parameters = {"person_id": str(PERSONAL["name"]), "card": str(PERSONAL["email"])}
    told = {"principalId": "sub_1", "role": "agent", "email": PERSONAL["email"]}
    asked = request(body, content_type, path)
    return build_event(asked, "/people/{person_id}/cards/{card}", parameters, "request-1", authorized=told)


def test_a_request_keeps_its_shape_and_nothing_of_a_person() -> None:
    event = rest(json.dumps({"customer": PERSONAL, "customer_id": "cust_1", "urgency": "high"}, ensure_ascii=False))
    assert len(remains(event)) > 8
    masked = mask(event)
    assert remains(masked) == []
    assert list(masked) == list(event)
    assert (masked["resource"], masked["httpMethod"]) == (event["resource"], "POST")
    body = json.loads(masked["body"])
    assert body.keys() == {"customer", "customer_id", "urgency"}
    assert body["customer"].keys() == PERSONAL.keys()
    assert (body["customer_id"], body["urgency"]) == ("cust_1", "high")


def test_the_headers_of_a_request_keep_what_a_function_needs_of_them() -> None:
    headers = mask(rest("{}"))["headers"]
    assert headers["authorization"] == "Bearer masked"
    assert headers["cookie"] == "session=masked; lang=masked"
    assert (headers["x-api-key"], headers["x-customer"]) == ("masked", "masked")
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert (headers["x-correlation-id"], headers["content-type"]) == ("trace_1", "application/json")


def test_the_path_of_a_request_has_its_masked_parameters() -> None:
    masked = mask(rest("{}"))
    values = [quote(value) for value in masked["pathParameters"].values()]
    assert masked["path"] == f"/people/{values[0]}/cards/{values[1]}"
    assert masked["requestContext"]["path"].endswith(masked["path"])


def test_a_body_that_changed_has_its_new_length() -> None:
    masked = mask(rest(json.dumps({"description": PERSONAL["description"]})))
    assert masked["headers"]["content-length"] == str(len(masked["body"]))
    assert masked["multiValueHeaders"]["content-length"] == [str(len(masked["body"]))]


def test_a_caller_is_known_by_identifier_and_role_alone() -> None:
    authorizer = mask(rest("{}"))["requestContext"]["authorizer"]
    assert authorizer == {"principalId": "sub_1", "role": "agent", "email": "personne1@example.com"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (urlencode({"name": PERSONAL["name"], "note": PERSONAL["description"]}), "application/x-www-form-urlencoded"),
        (f"Bonjour, {PERSONAL['name']} <{PERSONAL['email']}>", "text/plain"),
        (json.dumps(PERSONAL["name"], ensure_ascii=False), "application/json"),
        (json.dumps([PERSONAL["email"], {"deep": [[PERSONAL["phone"]]]}]), "application/json"),
        (f'{{"cut off": "{PERSONAL["name"]}', "application/json"),
        (json.dumps({"inside": json.dumps({"name": PERSONAL["name"]})}), "application/json"),
    ],
    ids=["form", "text", "a text alone", "a list", "no JSON", "JSON in JSON"],
)
def test_a_body_of_any_kind_is_masked(body: str, content_type: str) -> None:
    event = rest(body, content_type)
    for told in (event, event | {"body": base64.b64encode(body.encode()).decode(), "isBase64Encoded": True}):
        assert remains(told)
        masked = mask(told)
        assert remains(masked) == []
        assert masked["body"]


def test_a_body_that_is_no_text_is_replaced() -> None:
    masked = mask(rest("{}") | {"body": base64.b64encode(b"\xff\xd8photo").decode(), "isBase64Encoded": True})
    assert base64.b64decode(masked["body"]) == b"masked"


def test_a_request_of_version_2_keeps_its_shape_and_nothing_of_a_person() -> None:
    path = f"/people/{quote(str(PERSONAL['name']))}"
    key, parameters = "POST /people/{person_id}", {"person_id": str(PERSONAL["name"])}
    told = {"lambda": {"role": "agent", "name": PERSONAL["name"]}}
    asked = request(json.dumps(PERSONAL), path=path)
    event = build_http_event(asked, key, parameters, "request-1", api=API, authorized=told)
    masked = mask(event)
    assert remains(masked) == []
    assert list(masked) == list(event)
    assert masked["cookies"] == ["session=masked", "lang=masked"]
    assert masked["rawPath"] == masked["requestContext"]["http"]["path"]
    assert masked["rawPath"] == f"/people/{quote(masked['pathParameters']['person_id'])}"
    assert masked["rawQueryString"] == urlencode(masked["queryStringParameters"])
    assert masked["requestContext"]["routeKey"] == key
    assert masked["requestContext"]["http"]["sourceIp"] == "127.0.0.1"


def test_what_an_authorizer_is_asked_with_is_masked() -> None:
    arn = f"arn:aws:execute-api:us-east-1:000000000000:Api/v1/GET/people/{PERSONAL['email']}"
    masked = mask({"type": "TOKEN", "authorizationToken": f"Bearer {TOKEN}", "methodArn": arn})
    assert remains(masked) == []
    assert masked["authorizationToken"] == "Bearer masked"
    assert masked["methodArn"].startswith("arn:aws:execute-api:us-east-1:000000000000:Api/v1/GET/people/personne1")


def test_what_was_the_same_is_the_same_and_what_differed_differs() -> None:
    event = {"a": {"email": "a@x.example"}, "b": [{"email": "A@x.example"}, {"email": "b@x.example"}]}
    masked = mask(event)
    assert masked["a"]["email"] == masked["b"][0]["email"] != masked["b"][1]["email"]


def test_masking_twice_is_masking_once() -> None:
    for file in sorted(EVENTS.glob("*/**/*.json")):
        if "schemas" not in file.parts:
            once = mask(json.loads(file.read_text()))
            assert mask(once) == once, file


def test_the_events_of_a_claim_can_still_be_read() -> None:
    batch = json.loads((EVENTS / "streams" / "AuditSubscriber.json").read_text())
    masked = mask(batch)
    for before, after in zip(batch["Records"], masked["Records"], strict=True):
        envelope = from_json(json.dumps(after["event"]))
        assert type(read_payload(envelope)).__name__ == before["event"]["event_type"]
        assert {**after, "event": None} == {**before, "event": None}
        kept = ("event_id", "aggregate_id", "version", "position", "timestamp", "correlation_id", "actor")
        assert [after["event"][name] for name in kept] == [before["event"][name] for name in kept]


def test_a_schedules_event_stays_as_it_is() -> None:
    event = json.loads((EVENTS / "schedules" / "RetentionFunction.json").read_text())
    assert mask(event) == event


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("customer_id", Kind.HARMLESS),
        ("customerId", Kind.HARMLESS),
        ("eventSourceARN", Kind.HARMLESS),
        ("detail-type", Kind.HARMLESS),
        ("product_name", Kind.HARMLESS),
        ("agent_name", Kind.NAME),
        ("lastName", Kind.NAME),
        ("email_address", Kind.EMAIL),
        ("phoneNumber", Kind.PHONE),
        ("sourceIp", Kind.ADDRESS),
        ("session_id", Kind.HIDDEN),
        ("national_id", Kind.HIDDEN),
        ("apiKey", Kind.HIDDEN),
        ("userArn", Kind.HIDDEN),
        ("resolution", Kind.TEXT),
        ("", Kind.TEXT),
    ],
)
def test_a_fields_name_tells_what_it_holds(name: str, kind: Kind) -> None:
    assert kind_of(name) is kind


words = st.text(st.characters(whitelist_categories=("Lu", "Ll")), min_size=4, max_size=12)
written = st.builds(lambda first, last: f"{first} {last}", words, words)
emails = st.builds(
    lambda local, host: f"{local}@{host}.example", st.from_regex(r"[a-z]{5,9}", fullmatch=True), st.just("x")
)
phones = st.from_regex(r"\+33 6( [1-9]{2}){4}", fullmatch=True)
keys = st.sampled_from(["name", "email", "phone", "note", "customer_id", "status", "colour", "reason", "sub", "items"])
values = st.recursive(
    st.one_of(written, emails, phones),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def leaves(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


@settings(deadline=None)
@given(st.dictionaries(keys, values, min_size=1, max_size=5))
def test_whatever_people_write_goes_wherever_it_stands(event: dict[str, Any]) -> None:
    for told in (event, {"Records": [{"body": json.dumps(event)}]}, {"statusCode": 200, "body": json.dumps(event)}):
        masked = texts(mask(told))
        invented = {"Camille Roy", "Dominique Martin", "Claude Lavoie", "Andrea Gagnon", "Maxime Tremblay"}
        assert [leaf for leaf in leaves(event) if leaf in masked and leaf not in invented] == []


quantities = st.none() | st.booleans() | st.integers(-999, 999)
of_things = st.sampled_from(["limit", "count", "colour", "items"])


@settings(deadline=None)
@given(st.recursive(quantities, lambda inner: st.lists(inner) | st.dictionaries(of_things, inner), max_leaves=12))
def test_what_tells_of_nobody_stays(event: Any) -> None:
    assert mask({"given": event}) == {"given": event}


def test_numbers_that_may_be_somebodys_go() -> None:
    masked = mask(
        {"nas": 123, "mobile": 33612345678, "reference": 33612345678, "total_amount": 12500000, "at_ms": 10**12}
    )
    assert masked == {
        "nas": 0,
        "mobile": 15145550101,
        "reference": 1_000_000,
        "total_amount": 12500000,
        "at_ms": 10**12,
    }


def test_a_value_nested_without_end_ends() -> None:
    deep: Any = "x y"
    for _ in range(500):
        deep = [deep]
    assert "x y" not in texts(mask(deep))


def test_a_fixture_is_one_that_invoke_takes_and_its_answer_stands_beside_it(tmp_path: Path) -> None:
    event = rest(json.dumps(PERSONAL))
    answer = succeeded({"statusCode": 200, "headers": {"Set-Cookie": "a=hunter2"}, "body": json.dumps(PERSONAL)})
    first = write_fixture(tmp_path / "recorded", "Books", event, answer)
    second = write_fixture(tmp_path / "recorded", "Books", event, failed("ValueError"))
    assert [first.name, second.name] == ["Books-1.json", "Books-2.json"]
    assert read_event(str(first)) == mask(event)
    told = json.loads((first.parent / "Books-1.answer.json").read_text())
    assert (told["error_type"], told["payload"]["statusCode"]) == ("", 200)
    assert remains([json.loads(file.read_text()) for file in first.parent.iterdir()]) == []
    assert json.loads((first.parent / "Books-2.answer.json").read_text())["error_type"] == "ValueError"


def test_one_event_can_be_written_to_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "new" / "event.json"
    write_event(file, {"email": PERSONAL["email"]})
    assert read_event(str(file)) == {"email": "personne1@example.com"}


def record(functions: RecordingFunctions, function: str, payload: bytes) -> Outcome:
    return asyncio.run(functions.invoke(function, Invocation("request-1", payload))).outcome


def test_the_invocations_of_the_named_functions_become_fixtures(tmp_path: Path) -> None:
    inner = ScriptedFunctions()
    functions = RecordingFunctions(inner, tmp_path, ["FirstFunction"], recorded_max=2)
    for _ in range(3):
        record(functions, "FirstFunction", b'{"name": "Aline"}')
    record(functions, "SecondFunction", b"{}")
    assert functions.names() == inner.names()
    assert len(inner.asked) == 4
    assert sorted(file.name for file in tmp_path.glob("*[0-9].json")) == [
        "FirstFunction-1.json",
        "FirstFunction-2.json",
    ]
    assert read_event(str(tmp_path / "FirstFunction-1.json")) == {"name": "Camille Roy"}


def test_an_invocation_that_cannot_be_recorded_is_answered_all_the_same(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    functions = RecordingFunctions(ScriptedFunctions(), tmp_path / "file", ["FirstFunction"])
    assert record(functions, "FirstFunction", b'{"name": "Aline"}') == succeeded(1)
    told = capfd.readouterr().err
    assert "an invocation could not be recorded" in told
    assert "Aline" not in told


def test_only_functions_that_there_are_can_be_recorded(tmp_path: Path) -> None:
    with pytest.raises(UnknownFunctionError, match="Nobody"):
        RecordingFunctions(ScriptedFunctions(), tmp_path, ["Nobody"])
