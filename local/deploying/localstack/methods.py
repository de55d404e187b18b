"""The paths of a REST API, and what it does with each method of them.

Source: "Set up Lambda proxy integrations in API Gateway" in the API Gateway developer guide.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from local.deploying.localstack.authorizers import invocation_uri
from local.deploying.localstack.site import Client, Site
from local.deploying.wanted.model import Method, RestApi

Resources: TypeAlias = dict[str, dict[str, Any]]
"""What API Gateway calls a resource: one path, with its methods."""
ROOT = "/"


def settle_methods(
    site: Site, client: Client, api: RestApi, api_id: str, authorizer_ids: Mapping[str, str]
) -> list[str]:
    """Make, change and remove paths and methods. Returns how many, in words."""
    there = _there(client, api_id)
    wanted = {(one.path, one.method): one for one in api.methods}
    former = {(path, method) for path, resource in there.items() for method in resource.get("resourceMethods", {})}
    added = [one for key, one in wanted.items() if key not in former]
    changed = [one for key, one in wanted.items() if key in former and _differs(site, one, there, authorizer_ids)]
    removed = sorted(former - set(wanted))
    if site.acts:
        for path, method in [*removed, *((one.path, one.method) for one in changed)]:
            client.delete_method(restApiId=api_id, resourceId=there[path]["id"], httpMethod=method)
        _remove_paths(client, api_id, there, api.methods)
        for one in (*added, *changed):
            _put(site, client, api_id, _path_id(client, api_id, there, one.path), one, authorizer_ids)
    counts = {"added": len(added), "changed": len(changed), "removed": len(removed)}
    return [f"{count} routes {word}" for word, count in counts.items() if count]


def _differs(site: Site, one: Method, there: Resources, authorizer_ids: Mapping[str, str]) -> bool:
    now = there[one.path]["resourceMethods"][one.method]
    integration = now.get("methodIntegration") or {}
    wanted, wanted_integration = _method(one, authorizer_ids), _integration(site, one)
    return any(now.get(key) != value for key, value in wanted.items()) or any(
        integration.get(key) != value for key, value in wanted_integration.items() if key != _METHOD
    )


# What API Gateway asks the function with. It is told by another name than it is asked for.
_METHOD = "integrationHttpMethod"


def _method(one: Method, authorizer_ids: Mapping[str, str]) -> dict[str, Any]:
    if one.authorizer is None:
        return {"authorizationType": "NONE"}
    return {"authorizationType": "CUSTOM", "authorizerId": authorizer_ids[one.authorizer]}


def _integration(site: Site, one: Method) -> dict[str, Any]:
    return {
        "type": "AWS_PROXY",
        _METHOD: "POST",
        "uri": invocation_uri(site, one.function_arn),
        "timeoutInMillis": one.timeout_ms,
    }


def _put(site: Site, client: Client, api_id: str, path_id: str, one: Method, authorizer_ids: Mapping[str, str]) -> None:
    place = {"restApiId": api_id, "resourceId": path_id, "httpMethod": one.method}
    client.put_method(**place, apiKeyRequired=False, **_method(one, authorizer_ids))
    client.put_integration(**place, **_integration(site, one))


def _path_id(client: Client, api_id: str, there: Resources, path: str) -> str:
    """The id of a path, which is made where there is none, below its parent."""
    if path not in there:
        parent, _, part = path.rpartition("/")
        parent_id = _path_id(client, api_id, there, parent or ROOT)
        there[path] = client.create_resource(restApiId=api_id, parentId=parent_id, pathPart=part)
    return str(there[path]["id"])


def _remove_paths(client: Client, api_id: str, there: Resources, methods: Iterable[Method]) -> None:
    """Remove the paths that nothing is at or below, the longest first."""
    kept = {ROOT, *(parent for one in methods for parent in _with_parents(one.path))}
    for path in sorted(set(there) - kept, key=len, reverse=True):
        client.delete_resource(restApiId=api_id, resourceId=there.pop(path)["id"])


def _with_parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(2, len(parts) + 1)]


def _there(client: Client, api_id: str) -> Resources:
    pages = client.get_paginator("get_resources").paginate(
        restApiId=api_id, embed=["methods"], PaginationConfig={"PageSize": 500}
    )
    return {resource["path"]: resource for page in pages for resource in page["items"]}
