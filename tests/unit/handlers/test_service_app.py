"""How a request is answered, whatever the service."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chalice import Response
from chalice.test import Client, HTTPResponse
from pydantic import BaseModel, ConfigDict

from envelope.errors import NotFoundError, PreconditionError, RejectedError, RetryableError, UnreadableError
from handlers.queries import PageQuery
from handlers.responses import json_response
from handlers.service_app import ServiceApp
from handlers.standard_routes import add_standard_routes


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int
    name: str = "thing"


ERRORS: dict[str, Exception] = {
    "rejected": RejectedError("not in this state"),
    "missing": NotFoundError("no such thing"),
    "precondition": PreconditionError("changed meanwhile"),
    "later": RetryableError("the store is down"),
    "unreadable": UnreadableError("what is this"),
    "ours": ZeroDivisionError("secret inside"),
}


def make_app() -> ServiceApp:
    app = ServiceApp("audit", title="Audit service", description="For tests")

    @app.operation("POST", "/things/{thing_id}", summary="Make a thing", status=201, body=Thing)
    def make(thing_id: str) -> Response:
        thing = app.read_body(Thing)
        return json_response({"id": thing_id, "size": thing.size}, 201, {"Location": app.public_path(f"/x/{thing_id}")})

    @app.operation("GET", "/things", summary="List things", query=PageQuery)
    def things() -> Response:
        return json_response(app.read_query(PageQuery))

    @app.operation("GET", "/errors/{name}", summary="Fail")
    def fail(name: str) -> Response:
        raise ERRORS[name]

    @app.operation("GET", "/ids", summary="The ids of the request")
    def ids() -> Response:
        return json_response({"correlation": app.request_ids().correlation_id, "cause": app.request_ids().causation_id})

    def down() -> None:
        raise ConnectionError("refused")

    add_standard_routes(app, lambda: {"log": lambda: None, "archive": down})
    return app


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(make_app()) as made:
        yield made


def problem(response: HTTPResponse, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.body
    assert response.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.body)
    assert body["status"] == status
    assert body["error"] == body["detail"]
    assert body["correlation_id"] == response.headers["X-Correlation-ID"]
    assert body["instance"].startswith("/")
    return body


def test_a_good_body_is_taken(client: Client) -> None:
    response = client.http.post("/things/t1", body=b'{"size":3}', headers={"Content-Type": "application/json"})
    assert (response.status_code, response.body) == (201, b'{"id":"t1","size":3}')
    assert response.headers["Location"] == "/x/t1"


@pytest.mark.parametrize(
    ("body", "content_type", "status", "sentence"),
    [
        (b"{", "application/json", 400, "the body is not JSON"),
        (b"", "application/json", 400, "the body is empty; send a JSON object"),
        (b"\xff\xfe", "application/json", 400, "the body is not JSON"),
        (b'{"size":3}', "text/plain", 415, "send application/json, not text/plain"),
        (b"{}", "application/json", 422, "size: is required"),
        (b"[]", "application/json", 422, "body: must be a JSON object"),
        (b'{"size":"many"}', "application/json", 422, "size: "),
        (b'{"size":1,"sise":2}', "application/json", 422, "sise: is not known here; what is: size, name"),
        (b'"' + b"x" * 262_143 + b'"', "application/json", 413, "the body has 262145 bytes; 262144 are allowed"),
    ],
)
def test_a_bad_body_is_refused_with_a_sentence(
    client: Client, body: bytes, content_type: str, status: int, sentence: str
) -> None:
    response = client.http.post("/things/t1", body=body, headers={"Content-Type": content_type})
    assert problem(response, status)["detail"].startswith(sentence)


def test_every_field_at_fault_is_named(client: Client) -> None:
    response = client.http.post("/things/t1", body=b'{"name":1}', headers={"Content-Type": "application/json"})
    errors = problem(response, 422)["errors"]
    assert [error["field"] for error in errors] == ["size", "name"]
    assert all(error["message"] for error in errors)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=ten", "limit"),
        ("offset=-1", "offset"),
        ("colour=red", "colour"),
    ],
)
def test_a_bad_query_is_refused_by_parameter(client: Client, query: str, field: str) -> None:
    assert problem(client.http.get(f"/things?{query}"), 422)["errors"][0]["field"] == field


def test_a_repeated_parameter_is_refused(client: Client) -> None:
    assert "more than once" in problem(client.http.get("/things?limit=1&limit=2"), 422)["detail"]


@pytest.mark.parametrize(
    ("name", "status"), [("rejected", 409), ("missing", 404), ("precondition", 412), ("unreadable", 400)]
)
def test_an_error_is_told_by_its_class(client: Client, name: str, status: int) -> None:
    assert problem(client.http.get(f"/errors/{name}"), status)["detail"] == str(ERRORS[name])


def test_what_may_be_repeated_says_when(client: Client) -> None:
    response = client.http.get("/errors/later")
    problem(response, 503)
    assert int(response.headers["Retry-After"]) >= 1


def test_a_defect_of_ours_tells_nothing_of_the_inside(client: Client) -> None:
    response = client.http.get("/errors/ours")
    problem(response, 500)
    assert b"secret" not in response.body
    assert b"Traceback" not in response.body


def test_given_ids_are_kept(client: Client) -> None:
    headers = {"X-Correlation-ID": "trace_xyz789", "X-Causation-ID": "cause_1"}
    response = client.http.get("/ids", headers=headers)
    assert json.loads(response.body) == {"correlation": "trace_xyz789", "cause": "cause_1"}
    assert response.headers["X-Correlation-ID"] == "trace_xyz789"


@pytest.mark.parametrize("given", ["", "two words", "x" * 129, "é"])
def test_an_id_that_cannot_be_kept_is_replaced(client: Client, given: str) -> None:
    made = client.http.get("/ids", headers={"X-Correlation-ID": given}).headers["X-Correlation-ID"]
    assert made != given
    assert len(made) == 36


def test_readiness_names_what_is_down(client: Client) -> None:
    response = client.http.get("/health/ready")
    assert response.status_code == 503
    dependencies = json.loads(response.body)["dependencies"]
    assert dependencies == {"log": {"status": "up"}, "archive": {"status": "down", "reason": "refused"}}
    assert client.http.get("/health").status_code == 200


def test_the_description_names_every_route_and_the_page_loads_only_from_here(client: Client) -> None:
    described = json.loads(client.http.get("/openapi.json").body)
    assert {"/things", "/things/{thing_id}", "/health", "/metrics"} <= described["paths"].keys()
    assert described["paths"]["/things"]["get"]["parameters"][0]["name"] == "limit"
    page = client.http.get("/docs").body
    assert b"://" not in page
    for name in ("swagger-ui.css", "swagger-ui.js", "start.js"):
        assert f"docs/{name}".encode() in page
        assert client.http.get(f"/docs/{name}").status_code == 200
    assert client.http.get("/docs/passwd").status_code == 404


def gateway_event(path: str, resource: str, **fields: Any) -> dict[str, Any]:
    return {
        "path": path,
        "headers": {},
        "body": None,
        "isBase64Encoded": False,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"resourcePath": resource, "httpMethod": "GET"},
        **fields,
    }


def test_behind_the_gateway_paths_carry_the_base_path() -> None:
    event = gateway_event(
        "/audit-service/things/t1",
        "/audit-service/things/{thing_id}",
        body='{"size":3}',
        pathParameters={"thing_id": "t1"},
        requestContext={"resourcePath": "/audit-service/things/{thing_id}", "httpMethod": "POST"},
    )
    answer = make_app()(event, None)
    assert answer["statusCode"] == 201
    assert answer["headers"]["Location"] == "/audit-service/x/t1"


def test_a_base_path_that_a_proxy_took_off_is_put_back() -> None:
    event = gateway_event("/errors/missing", "/errors/{name}", pathParameters={"name": "missing"})
    event["headers"] = {"X-Forwarded-Prefix": "/audit-service"}
    answer = make_app()(event, None)
    assert json.loads(answer["body"])["instance"] == "/audit-service/errors/missing"


def test_a_route_that_is_not_there_is_a_problem_too() -> None:
    answer = make_app()(gateway_event("/nowhere", "/nowhere"), None)
    assert answer["statusCode"] == 404
    assert json.loads(answer["body"])["status"] == 404


def test_a_method_that_a_route_does_not_take_names_those_it_takes() -> None:
    event = gateway_event("/things", "/things", requestContext={"resourcePath": "/things", "httpMethod": "DELETE"})
    answer = make_app()(event, None)
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, "GET")
    assert json.loads(answer["body"])["status"] == 405


def test_a_prefix_that_is_not_ours_is_not_believed() -> None:
    event = gateway_event("/errors/missing", "/errors/{name}", pathParameters={"name": "missing"})
    event["headers"] = {"X-Forwarded-Prefix": "//elsewhere.example"}
    assert json.loads(make_app()(event, None)["body"])["instance"] == "/errors/missing"


def test_who_asks_for_openmetrics_is_led_from_a_duration_to_a_request(client: Client) -> None:
    client.http.get("/ids", headers={"X-Correlation-ID": "trace_of_ids"})
    answer = client.http.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert b'# {correlation_id="trace_of_ids"}' in answer.body
    assert client.http.get("/metrics").headers["Content-Type"].startswith("text/plain")
