"""Makes the invocation fixtures from `template.yaml`: `python events/generate.py`, from anywhere.

    http/<service>/<Route>.json    the API Gateway REST proxy request (payload 1.0) of each route
    streams/<Subscriber>.json      the batch of each event source mapping: those of the five events of claim.json that
                                   its filter lets pass
    schedules/<Function>.json      the scheduled event of each function that has a schedule
    authorizers/<Function>.json    the request of each authorizer of the template, with a token for ever: its secret is
                                   TOKEN_SECRET below, with which nobody should sign anything else

`claim.json` is written by hand: the requirement's examples, completed to a whole claim. A new route needs its path
parameters, its query string and its body below; a test tells when a fixture is missing or out of date.
"""

import base64
import hashlib
import hmac
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

EVENTS = Path(__file__).parent
TEMPLATE = EVENTS.parent / "template.yaml"
CLAIM: list[dict[str, Any]] = json.loads((EVENTS / "claim.json").read_text(encoding="utf-8"))

PATH_PARAMETERS = {
    "aggregate_id": "claim_67890",
    "agent_id": "agent_smith",
    "asset": "swagger-ui.css",
    "claim_id": "claim_67890",
    "correlation_id": "trace_xyz789",
    "customer_id": "cust_12345",
    "event_type": "ReclamationCreee",
    "order_id": "order_45678",
    "notification_id": "f47ac10b-58cc-4372-a567-0e02b2c3d479:email:camille.roy@example.com",
    "status": "closed",
}
QUERIES: dict[str, dict[str, str]] = {
    "AuditOfClaim": {"limit": "10"},
    "ListAudit": {"aggregate_id": "claim_67890", "limit": "10"},
    "ListClaims": {"claim_type": "product_defect", "limit": "10"},
    "ListEvents": {"correlation_id": "trace_xyz789", "limit": "10"},
    "ListNotifications": {"claim_id": "claim_67890", "type": "email", "limit": "10"},
    "Replay": {"up_to_timestamp": "2025-07-08T16:00:00.000Z"},
    "ReplayDiff": {"from_version": "1", "to_version": "3"},
    "Search": {"q": "défectueux"},
}
FROM_ORDER = {
    "order_id": "order_45678",
    "claim_type": "product_defect",
    "description": "Produit endommagé",
    "urgency": "high",
}
BODIES: dict[str, dict[str, Any]] = {
    "CreateClaim": CLAIM[0]["data"],
    "CreateClaims": {
        "claims": [
            CLAIM[0]["data"],
            {"customer_id": "cust_54321", "claim_type": "billing_error", "description": "Facturé deux fois"},
        ]
    },
    "AssignClaimShort": CLAIM[1]["data"],
    "AssignClaim": CLAIM[1]["data"],
    "StartClaim": {},
    "ResolveClaim": CLAIM[3]["data"],
    "CloseClaim": CLAIM[4]["data"],
    "CreateSnapshot": {},
    "CreateClaimFromOrder": FROM_ORDER,
    "CreateClaimFromOrderShort": FROM_ORDER,
}
# Who calls, where the template has an authorizer: as the authorizer tells the function, for ever.
CALLER = {"sub": "sup_tremblay", "role": "supervisor", "expires_at": "4102444800"}
AUDITOR = {**CALLER, "sub": "aud_gagnon", "role": "auditor"}
CALLERS_OF_SERVICES = {"audit": AUDITOR, "event_store": AUDITOR}
CALLERS: dict[str, dict[str, str]] = {"CreateSnapshot": CALLER}
TOKEN_SECRET = "the secret of the fixtures, which is none"  # noqa: S105 (as it says)
TOKEN_CLAIMS = {"sub": "agent_smith", "role": "agent", "exp": 4_102_444_800}


class _TemplateLoader(yaml.SafeLoader):
    """Reads a SAM template with `!Ref` and the like left as their text: nothing here depends on them."""


_TemplateLoader.add_multi_constructor("!", lambda _loader, _suffix, node: node.value)


@cache
def functions() -> dict[str, dict[str, Any]]:
    """The template's functions by logical id."""
    template = yaml.load(TEMPLATE.read_text(encoding="utf-8"), _TemplateLoader)  # noqa: S506 (a SafeLoader)
    resources: dict[str, dict[str, Any]] = template["Resources"]
    return {name: item for name, item in resources.items() if item["Type"] == "AWS::Serverless::Function"}


def fixtures() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every fixture: its file, relative to `events/`, and its content."""
    for name, function in functions().items():
        recours = function["Metadata"]["Recours"]
        for route, event in routes(function).items():
            properties = event["Properties"]
            path = properties["Path"].removeprefix(recours["BasePath"])
            caller = None if is_open(properties) else caller_of(route, recours["Service"])
            fixture = request(route, properties["Method"], path, caller)
            yield Path("http", recours["Service"], f"{route}.json"), fixture
        if "EventSourceMapping" in function["Metadata"]:
            yield Path("streams", f"{name}.json"), batch(function["Metadata"]["EventSourceMapping"])
        for schedule, event in schedules(function).items():
            yield Path("schedules", f"{name}.json"), scheduled(f"{name}{schedule}", event["Properties"])
        if recours.get("SkippedWithoutAuth"):
            yield Path("authorizers", f"{name}.json"), authorization()


def routes(function: dict[str, Any]) -> dict[str, Any]:
    """A function's events that are HTTP routes, by name."""
    events: dict[str, Any] = function["Properties"].get("Events", {})
    return {name: event for name, event in events.items() if event["Type"] in ("Api", "HttpApi")}


def schedules(function: dict[str, Any]) -> dict[str, Any]:
    """A function's events that are schedules, by name."""
    events: dict[str, Any] = function["Properties"].get("Events", {})
    return {name: event for name, event in events.items() if event["Type"] == "Schedule"}


def is_open(properties: dict[str, Any]) -> bool:
    """Whether a route asks nobody who they are."""
    return bool(properties.get("Auth", {}).get("Authorizer") == "NONE")


def caller_of(route: str, service: str) -> dict[str, str]:
    """Somebody who may use the route."""
    return CALLERS.get(route) or CALLERS_OF_SERVICES.get(service) or CALLER


def request(route: str, method: str, resource: str, caller: dict[str, str] | None = None) -> dict[str, Any]:
    """The proxy request of one route, as it comes on the service's own port: without the base path.

    `caller` is what the authorizer told of who calls; None where it is not asked.
    """
    parameters = {name: PATH_PARAMETERS[name] for name in re.findall(r"{(\w+)}", resource)}
    path = re.sub(r"{(\w+)}", lambda found: quote(parameters[found[1]], safe=""), resource)
    query = QUERIES.get(route)
    body = json.dumps(BODIES[route], ensure_ascii=False, separators=(",", ":")) if method == "POST" else None
    headers = _headers(route, has_body=body is not None)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": _context(method, resource, path, caller),
        "body": body,
        "isBase64Encoded": False,
    }


def batch(mapping: dict[str, Any]) -> dict[str, Any]:
    """The five events, or those that pass the filter, as one mapping's poller hands them over at first delivery."""
    wanted = passing(mapping)
    return {
        "Records": [
            {
                "eventSource": "redis:streams",
                "eventID": f"{event['position']}-0",
                "stream": mapping["Stream"],
                "group": mapping["Group"],
                "deliveryCount": 1,
                "event": event,
            }
            for event in CLAIM
            if wanted is None or event["event_type"] in wanted
        ]
    }


def passing(mapping: dict[str, Any]) -> list[str] | None:
    """The types of events that a mapping's filter lets pass, None where all do."""
    if "FilterCriteria" not in mapping:
        return None
    (only,) = mapping["FilterCriteria"]["Filters"]
    types: list[str] = json.loads(only["Pattern"])["event"]["event_type"]
    return types


def scheduled(rule: str, properties: dict[str, Any]) -> dict[str, Any]:
    """What EventBridge invokes a function with at its schedule's time, unless the schedule has an Input of its own."""
    if "Input" in properties:
        given: dict[str, Any] = json.loads(properties["Input"])
        return given
    return {
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": "2025-07-08T14:30:00Z",
        "region": "us-east-1",
        "resources": [f"arn:aws:events:us-east-1:000000000000:rule/{properties.get('Name', rule)}"],
        "detail": {},
    }


def authorization() -> dict[str, Any]:
    """What API Gateway asks an authorizer of type TOKEN."""
    return {
        "type": "TOKEN",
        "authorizationToken": f"Bearer {_token()}",
        "methodArn": "arn:aws:execute-api:us-east-1:000000000000:recours/v1/GET/query-service/claims/claim_67890",
    }


def text_of(fixture: dict[str, Any]) -> str:
    """A fixture as it stands in its file."""
    return json.dumps(fixture, indent=2, ensure_ascii=False) + "\n"


def write() -> Iterator[Path]:
    """Write every fixture and take away those that the template no longer asks for. Yields what was written."""
    wanted = {EVENTS / path: text_of(content) for path, content in fixtures()}
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        yield path
    folders = ("http/*", "streams", "schedules", "authorizers")
    written = {path for pattern in folders for path in EVENTS.glob(f"{pattern}/*.json")}
    for path in written - wanted.keys():
        path.unlink()


def _headers(route: str, *, has_body: bool) -> dict[str, str]:
    headers = {"accept": "application/json", "host": "127.0.0.1:8100", "x-correlation-id": "trace_xyz789"}
    if has_body:
        headers |= {"content-type": "application/json", "idempotency-key": f"fixture-{route}"}
    return headers


def _token() -> str:
    """A JSON Web Token of TOKEN_CLAIMS: HMAC with SHA-256."""
    parts = ({"alg": "HS256", "typ": "JWT"}, TOKEN_CLAIMS)
    said = b".".join(_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return b".".join((said, _base64url(hmac.new(TOKEN_SECRET.encode(), said, hashlib.sha256).digest()))).decode()


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _context(method: str, resource: str, path: str, caller: dict[str, str] | None) -> dict[str, Any]:
    known = {"authorizer": {"principalId": caller["sub"], **caller}} if caller else {}
    return {
        "accountId": "000000000000",
        "apiId": "recours",
        **known,
        "domainName": "127.0.0.1",
        "domainPrefix": "recours",
        "extendedRequestId": "fixture",
        "httpMethod": method,
        "identity": {"sourceIp": "127.0.0.1", "userAgent": "fixture"},
        "path": path,
        "protocol": "HTTP/1.1",
        "requestId": "00000000-0000-4000-8000-000000000000",
        "requestTime": "08/Jul/2025:14:30:00 +0000",
        "requestTimeEpoch": 1751985000000,
        "resourceId": resource,
        "resourcePath": resource,
        "stage": "v1",
    }


if __name__ == "__main__":
    for written in write():
        sys.stdout.write(f"{written.relative_to(EVENTS.parent)}\n")
