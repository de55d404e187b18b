"""The table of roles and routes, held against the template and against every function."""

import pytest

from events.generate import functions, is_open, routes
from handlers.access import ALLOWED, OPEN, ROLES, is_allowed
from tests.unit.access.cast import call, every_route
from tests.unit.fixtures.memory_system import MemorySystem

ROUTES = every_route()
OF_THE_EMULATOR = {
    ("GET", "/metrics"),
    ("GET", "/parked"),
    ("GET", "/parked/retries"),
    ("GET", "/parked/{parked_id}"),
    ("POST", "/parked/retry"),
    ("POST", "/parked/{parked_id}/discard"),
}


def test_the_table_has_a_line_for_every_route_of_the_template_and_for_no_other() -> None:
    asking = {(method, path) for _, _, method, path in ROUTES}
    assert len(asking) > 50
    assert ALLOWED.keys() == asking | OF_THE_EMULATOR


def test_what_the_table_calls_open_is_what_asks_no_authorizer() -> None:
    template = {
        (event["Properties"]["Method"], event["Properties"]["Path"])
        for function in functions().values()
        for event in routes(function).values()
        if is_open(event["Properties"])
    }
    assert template == OPEN
    assert {path.split("/", 2)[2] for _, path in OPEN} == {
        "health",
        "health/ready",
        "openapi.json",
        "docs",
        "docs/{asset}",
    }


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("function", "route", "method", "path"), ROUTES, ids=lambda each: each)
def test_a_function_lets_in_whom_the_table_lets_in(
    system: MemorySystem, role: str, function: str, route: str, method: str, path: str
) -> None:
    status = call(function, route, role).status
    if is_allowed(role, method, path):
        # Whatever it answers to this request, it is no refusal. (404: there is no snapshot; 409: the claim is closed.)
        assert status in (200, 201, 207, 404, 409)
    else:
        assert status == 403


@pytest.mark.parametrize(("function", "route", "method", "path"), ROUTES, ids=lambda each: each)
def test_a_function_lets_nobody_in_of_whom_nothing_is_told(
    system: MemorySystem, function: str, route: str, method: str, path: str
) -> None:
    answer = call(function, route, None)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["type"] == "urn:recours:problem:unauthorized"


@pytest.mark.parametrize("role", ["auditor", "customer", "service"])
def test_who_only_looks_changes_nothing_and_who_makes_claims_does_nothing_more(role: str) -> None:
    writes = {path for (method, path), roles in ALLOWED.items() if method == "POST" and role in roles}
    claims, orders = "/claims-service/claims", "/integration-service"
    assert (
        writes
        == {
            "auditor": set(),
            "customer": {claims},
            "service": {
                claims,
                f"{claims}/batch",
                f"{orders}/claims/from-order",
                f"{orders}/integration/claims/from-order",
            },
        }[role]
    )


def test_a_supervisor_may_all_that_an_agent_may_and_an_auditor_sees_all_that_both_see() -> None:
    may = {role: {route for route, roles in ALLOWED.items() if role in roles} for role in ROLES}
    assert may["agent"] < may["supervisor"]
    assert {route for route in may["supervisor"] if route[0] == "GET"} < may["auditor"]
