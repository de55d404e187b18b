"""Those who call in tests, and requests as they make them: the authorizer has told who they are."""

import json
from typing import Any

from events.generate import PATH_PARAMETERS, functions, is_open, request, routes
from handlers.access import ROLES
from tests.unit.fixtures.memory_system import handler_of

CLAIM, CUSTOMER, OTHER = "claim_67890", "cust_12345", "cust_54321"

CAST: dict[str, dict[str, str]] = {
    "customer": {"sub": "auth0|zoe", "role": "customer", "customer_id": CUSTOMER},
    "other": {"sub": "auth0|max", "role": "customer", "customer_id": OTHER},
    "agent": {"sub": "john.smith@example.com", "role": "agent", "agent_id": "agent_smith"},
    **{role: {"sub": f"{role}_1", "role": role} for role in ROLES if role not in ("customer", "agent")},
}


def every_route() -> list[tuple[str, str, str, str]]:
    """Function, route, method and path of each route of the template that asks who calls."""
    return [
        (name, route, event["Properties"]["Method"], event["Properties"]["Path"])
        for name, function in functions().items()
        for route, event in routes(function).items()
        if not is_open(event["Properties"])
    ]


class Answer:
    """What a function answered."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.status: int = raw["statusCode"]
        self.text: str = raw["body"]
        self.headers: dict[str, str] = raw["headers"]

    @property
    def body(self) -> Any:
        return json.loads(self.text)


def call(
    function: str,
    route: str,
    who: str | None,
    *,
    path: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    body: Any = None,
) -> Answer:
    """Call a route as one of the cast, None for nobody; its path parameters are those of the fixtures by default."""
    template = functions()[function]
    properties = template["Properties"]["Events"][route]["Properties"]
    resource = properties["Path"].removeprefix(template["Metadata"]["Recours"]["BasePath"])
    event = request(route, properties["Method"], resource, CAST[who] if who else None)
    if path:
        event["pathParameters"] = {**event["pathParameters"], **path}
    if query is not None:
        event["multiValueQueryStringParameters"] = {name: [value] for name, value in query.items()}
        event["queryStringParameters"] = query
    if body is not None:
        event["body"] = json.dumps(body)
        event["headers"] = {name: value for name, value in event["headers"].items() if name != "idempotency-key"}
        event["multiValueHeaders"] = {name: [value] for name, value in event["headers"].items()}
    return Answer(handler_of(template["Properties"]["Handler"])(event, None))


def own(route_path: str) -> dict[str, str]:
    """Path parameters with which a customer asks for what is theirs."""
    return {name: PATH_PARAMETERS[name] for name in ("customer_id",) if f"{{{name}}}" in route_path}
