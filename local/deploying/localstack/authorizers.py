"""The Lambda authorizers of a REST API."""

from collections.abc import Mapping
from typing import Any

from local.deploying.localstack.site import Client, Site
from local.deploying.wanted.model import Authorizer, RestApi

NEW = "new"
"""The id of an authorizer that is not there yet."""


def settle_authorizers(site: Site, client: Client, api: RestApi, api_id: str) -> tuple[dict[str, str], list[str]]:
    """Make or change the API's authorizers. Returns their ids by name, and what changed."""
    there = _there(client, api_id)
    ids, changed = {}, []
    for one in api.authorizers:
        wanted = _wanted(site, one)
        now = there.get(one.name)
        if now is not None and not _operations(wanted, now):
            ids[one.name] = str(now["id"])
            continue
        changed.append(f"authorizer {one.name}")
        ids[one.name] = _settle(client, api_id, one.name, wanted, now) if site.acts else NEW
    return ids, changed


def remove_authorizers(site: Site, client: Client, api: RestApi, api_id: str) -> list[str]:
    """Remove those that left the template. Returns what was removed."""
    kept = {one.name for one in api.authorizers}
    needless = {name: one for name, one in _there(client, api_id).items() if name not in kept}
    if site.acts:
        for one in needless.values():
            client.delete_authorizer(restApiId=api_id, authorizerId=one["id"])
    return [f"authorizer {name} removed" for name in needless]


def invocation_uri(site: Site, function_arn: str) -> str:
    """How API Gateway names a function that it invokes."""
    names = site.names
    path = f"path/2015-03-31/functions/{function_arn}/invocations"
    return f"arn:{names.partition}:apigateway:{names.region}:lambda:{path}"


def _wanted(site: Site, one: Authorizer) -> dict[str, Any]:
    return {
        "type": one.kind,
        "authorizerUri": invocation_uri(site, one.function_arn),
        "identitySource": one.identity,
        "identityValidationExpression": one.validation or "",
        "authorizerResultTtlInSeconds": one.ttl_s,
    }


def _settle(client: Client, api_id: str, name: str, wanted: Mapping[str, Any], there: Mapping[str, Any] | None) -> str:
    given = {key: value for key, value in wanted.items() if value != ""}
    now = there or client.create_authorizer(restApiId=api_id, name=name, **given)
    # Asked of a new one, too: not every endpoint keeps all that it is told when it makes one.
    operations = _operations(wanted, now)
    if operations:
        client.update_authorizer(restApiId=api_id, authorizerId=now["id"], patchOperations=operations)
    return str(now["id"])


def _operations(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> list[dict[str, str]]:
    """What is to be changed. Nothing and an empty text are one."""
    return [
        {"op": "replace", "path": f"/{key}", "value": str(value)}
        for key, value in wanted.items()
        if (there.get(key) or "") != (value or "")
    ]


def _there(client: Client, api_id: str) -> dict[str, dict[str, Any]]:
    items = client.get_authorizers(restApiId=api_id, limit=500).get("items", [])
    return {one["name"]: one for one in items}
