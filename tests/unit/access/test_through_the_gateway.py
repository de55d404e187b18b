"""Tokens, the template's authorizer, its policies and the functions, as API Gateway puts them together."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.authorizer import bootstrap
from handlers.access import ROLES, is_allowed
from handlers.tokens import ServiceToken
from local.apigateway.answers import HttpAnswer
from local.apigateway.application import ApiGateway
from local.apigateway.invoking import InvocationFailedError
from local.apigateway.requests import HttpRequest
from local.auth.tokens import Bearer, make_token
from local.paths import DEFAULT_TEMPLATE
from local.template import Template, load_template
from tests.unit.access.cast import CLAIM, CUSTOMER, OTHER, every_route
from tests.unit.fixtures.memory_system import MemorySystem, handler_of

SECRET = "a secret of the tests, of 32 bytes or more"
SERVICE_SECRET = "another one of the tests, of 32 bytes or more"
URLS = ("Redis", "Mongo", "Postgres", "Smtp", "Sms", "OrderService", "CustomerService", "Claims")
BEARERS = {
    "customer": Bearer("customer", "zoe", customer_id=CUSTOMER),
    "other": Bearer("customer", "max", customer_id=OTHER),
    "agent": Bearer("agent", "agent_smith"),
    "supervisor": Bearer("supervisor", "sup_1"),
    "auditor": Bearer("auditor", "aud_1"),
}


class InProcess:
    """Invokes the template's functions in this process; counts how often the authorizer is asked."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self.authorized = 0

    async def invoke(self, function: str, event: object, request_id: str) -> object:
        self.authorized += function == "AuthorizerFunction"
        told: dict[str, Any] = json.loads(json.dumps(event))
        try:
            return handler_of(self._template.function(function).handler)(told, None)
        except Exception as error:
            raise InvocationFailedError(type(error).__name__, str(error)) from error


class Gateway:
    """All routes of the template, in front of the functions."""

    def __init__(self, *, strip_base_path: bool = False, service: str | None = None) -> None:
        template = load_template(DEFAULT_TEMPLATE, {f"{name}Url": f"http://{name}.example" for name in URLS})
        functions = [each for each in template.functions if service in (None, each.service)]
        self.invoker = InProcess(template)
        self._gateway = ApiGateway(template, functions, self.invoker, strip_base_path=strip_base_path)

    def send(self, method: str, path: str, token: str | None, body: bytes = b"") -> HttpAnswer:
        headers = [(b"content-type", b"application/json")]
        if token is not None:
            headers.append((b"authorization", f"Bearer {token}".encode()))
        path, _, query = path.partition("?")
        request = HttpRequest(method, path, query, headers, body, "127.0.0.1", 8100, "HTTP/1.1")
        return asyncio.run(self._gateway.answer({"headers": headers, "path": path}, request))


@pytest.fixture
def gateway(system: MemorySystem, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    monkeypatch.setenv("JWT_SECRET", SECRET)
    monkeypatch.setenv("SERVICE_TOKEN_SECRET", SERVICE_SECRET)
    bootstrap.verifier.cache_clear()
    yield Gateway()
    bootstrap.verifier.cache_clear()


def token_of(role: str) -> str:
    if role == "service":
        return ServiceToken("integration", SERVICE_SECRET)()
    return make_token(BEARERS[role], SECRET, 3600)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_through_to_its_routes_and_no_further(gateway: Gateway, role: str) -> None:
    token = token_of(role)
    for _, _, method, route in every_route():
        path = route.format(**dict.fromkeys(("claim_id", "aggregate_id"), CLAIM), customer_id=CUSTOMER, status="closed",
                            agent_id="agent_smith", order_id="order_45678", event_type="ReclamationCreee",
                            correlation_id="trace_xyz789", notification_id="nobody")  # fmt: skip
        answer = gateway.send(method, path + ("?q=produit" if path.endswith("/search") else ""), token)
        assert (answer.status == 403) == (not is_allowed(role, method, route)), (method, route, answer.body)
        assert answer.status != 401
        assert answer.status < 500
    assert gateway.invoker.authorized == 1, "one answer is good for every route"


def test_nobody_gets_through_but_to_what_is_open(gateway: Gateway) -> None:
    for method, path in (
        ("GET", "/query-service/claims"),
        ("POST", "/claims-service/claims"),
        ("GET", "/audit-service/metrics"),
    ):
        for token in (None, "x", "a.b.c", make_token(BEARERS["agent"], SECRET, -60)):
            assert gateway.send(method, path, token).status == 401
    for path in ("health", "health/ready", "openapi.json", "docs", "docs/swagger-ui.css"):
        assert gateway.send("GET", f"/query-service/{path}", None).status == 200


def test_a_claims_life_has_everybody_in_their_place(gateway: Gateway) -> None:
    def post(path: str, role: str, **body: Any) -> HttpAnswer:
        return gateway.send("POST", f"/claims-service/claims{path}", token_of(role), json.dumps(body).encode())

    created = post("", "other", claim_type="billing_error", description="Facturé deux fois")
    assert created.status == 201, created.body
    claim_id = json.loads(created.body)["claim_id"]
    for path, role, status in (
        ("assign", "customer", 403),
        ("assign", "agent", 200),
        ("start", "auditor", 403),
        ("start", "agent", 200),
        ("close", "agent", 403),
    ):
        assert post(f"/{claim_id}/{path}", role).status == status
    assert post(f"/{claim_id}/resolve", "agent", resolution="Remboursé").status == 200
    assert post(f"/{claim_id}/close", "supervisor").status == 200
    read = {role: gateway.send("GET", f"/claims-service/claims/{claim_id}", token_of(role)) for role in BEARERS}
    assert {role: answer.status for role, answer in read.items()} == {
        "customer": 404,
        "other": 200,
        "agent": 200,
        "supervisor": 200,
        "auditor": 200,
    }
    assert json.loads(read["other"].body)["agent_id"] == "agent_smith"


def test_it_is_the_same_at_a_services_own_port(gateway: Gateway) -> None:
    own = Gateway(strip_base_path=True, service="query")
    assert own.send("GET", f"/claims/{CLAIM}", token_of("agent")).status == 200
    assert own.send("GET", "/dashboard", token_of("customer")).status == 403
    assert own.send("GET", "/dashboard", None).status == 401
