"""A REST API with its authorizers, its methods and its stage."""

from collections.abc import Mapping
from typing import Any

from local.deploying.changes import Change, change_of
from local.deploying.localstack.authorizers import remove_authorizers, settle_authorizers
from local.deploying.localstack.methods import settle_methods
from local.deploying.localstack.site import Client, Site
from local.deploying.localstack.stages import settle_stage
from local.deploying.wanted.model import RestApi

STACK_TAG = "recours:stack"  # names of APIs are not unique: this tells which one is ours
NEW = "new"
"""The id of an API that is not there yet."""


def deploy_api(site: Site, api: RestApi) -> tuple[list[Change], str]:
    """Make it, or change what differs. Returns its id, too; NEW where there is none and nothing may be made.

    Routes and authorizers are parts of it: those that left the template go at once, whatever --prune says.
    """
    client = site.client("apigateway")
    there = _find(client, site.names.stack, api.name)
    if there is None and not site.acts:
        created = Change("REST API", api.name, "created", f"{len(api.methods)} routes")
        return [created, Change("stage", f"{api.name}/{api.stage}", "created")], NEW
    now = there or _create(site, client, api)
    differences = [*_settle_itself(site, client, api, now), *_settle_parts(site, client, api, now["id"])]
    detail = f"{len(api.methods)} routes"
    change = change_of("REST API", api.name, differences, exists=there is not None, detail=detail)
    stage = settle_stage(site, client, api, now["id"], is_changed=bool(differences))
    return [change, stage], str(now["id"])


def delete_api(site: Site, name: str) -> None:
    """Delete it with all that is below it."""
    client = site.client("apigateway")
    there = _find(client, site.names.stack, name)
    if there is not None:
        client.delete_rest_api(restApiId=there["id"])


def _settle_parts(site: Site, client: Client, api: RestApi, api_id: str) -> list[str]:
    """Authorizers before the methods that name them; those that nobody names any more go last."""
    ids, changed = settle_authorizers(site, client, api, api_id)
    methods = settle_methods(site, client, api, api_id, ids)
    return [*changed, *methods, *remove_authorizers(site, client, api, api_id)]


def _settle_itself(site: Site, client: Client, api: RestApi, there: Mapping[str, Any]) -> list[str]:
    operations = _operations(api, there)
    if site.acts and operations:
        client.update_rest_api(restApiId=there["id"], patchOperations=operations)
    return sorted({operation["path"].split("/")[1] for operation in operations})


def _operations(api: RestApi, there: Mapping[str, Any]) -> list[dict[str, str]]:
    types, wanted = set(there.get("binaryMediaTypes") or ()), set(api.binary_types)
    added = [{"op": "add", "path": _type_path(one), "value": one} for one in sorted(wanted - types)]
    removed = [{"op": "remove", "path": _type_path(one), "value": one} for one in sorted(types - wanted)]
    changed = []
    if there.get("description", "") != api.description:
        changed.append({"op": "replace", "path": "/description", "value": api.description})
    if there.get("minimumCompressionSize") != api.compression_bytes_min:
        size = "" if api.compression_bytes_min is None else str(api.compression_bytes_min)
        changed.append({"op": "replace", "path": "/minimumCompressionSize", "value": size})
    return [*added, *removed, *changed]


def _type_path(media_type: str) -> str:
    return f"/binaryMediaTypes/{media_type.replace('/', '~1')}"


def _find(client: Client, stack: str, name: str) -> dict[str, Any] | None:
    pages = client.get_paginator("get_rest_apis").paginate()
    ours = [api for page in pages for api in page["items"] if api.get("tags", {}).get(STACK_TAG) == stack]
    return next((api for api in ours if api["name"] == name), None)


def _create(site: Site, client: Client, api: RestApi) -> dict[str, Any]:
    size = {} if api.compression_bytes_min is None else {"minimumCompressionSize": api.compression_bytes_min}
    created: dict[str, Any] = client.create_rest_api(
        name=api.name,
        description=api.description,
        binaryMediaTypes=list(api.binary_types),
        endpointConfiguration={"types": ["REGIONAL"]},
        tags={STACK_TAG: site.names.stack},
        **size,
    )
    return created
