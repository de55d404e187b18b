"""What an authorizer is asked with.

Its paths are the API's own on every port: policies speak of them, and one answer is for all of them.
Source: "Input to an API Gateway Lambda authorizer" and "Control access to HTTP APIs with AWS Lambda authorizers" in the
API Gateway developer guide.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from local.apigateway.authorizer_identity import Identity
from local.apigateway.endpoints import Endpoint, route_key_of
from local.apigateway.events import Event, request_facts
from local.apigateway.http_events import http_request_facts
from local.apigateway.requests import HttpRequest
from local.template.arns import ACCOUNT_ID, REGION
from local.template.model import Authorizer


def method_arn(request: HttpRequest, endpoint: Endpoint) -> str:
    """`arn:aws:execute-api:us-east-1:000000000000:Gateway/v1/GET/claims-service/claims`."""
    api = endpoint.api
    path = endpoint.stripped + request.path
    # With a slash at the end it is the same route, which a policy must not overlook.
    path = path.removesuffix("/") or "/"
    return f"arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{api.name}/{api.stage}/{request.method}{path}"


def authorizer_event(
    authorizer: Authorizer,
    request: HttpRequest,
    endpoint: Endpoint,
    path_parameters: Mapping[str, str],
    identity: Identity,
    request_id: str,
) -> Event:
    """The event for the authorizer of an endpoint."""
    arn = method_arn(request, endpoint)
    whole = replace(request, path=endpoint.stripped + request.path) if endpoint.stripped else request
    match authorizer.kind, authorizer.payload_version:
        case "TOKEN", _:
            return {"type": "TOKEN", "methodArn": arn, "authorizationToken": identity[0]}
        case "REQUEST", "1.0":
            facts = request_facts(whole, endpoint.route.path, path_parameters, request_id, endpoint.api)
            told = {"type": "REQUEST", "methodArn": arn, **facts}
            return told if endpoint.api.kind == "rest" else told | _identity_of_version_1(identity)
        case "REQUEST", "2.0":
            facts = http_request_facts(whole, _route_key(endpoint), path_parameters, request_id, endpoint.api)
            return {**facts, "type": "REQUEST", "routeArn": arn, "identitySource": list(identity)}
        case unknown:
            assert_never(unknown)


def _route_key(endpoint: Endpoint) -> str:
    return route_key_of(endpoint.route.method, endpoint.route.path)


def _identity_of_version_1(identity: Identity) -> Event:
    joined = ",".join(identity)
    return {"identitySource": joined, "authorizationToken": joined}
