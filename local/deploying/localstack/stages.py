"""The stage of a REST API: which state of it is on line."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from local.deploying.changes import Change, change_of
from local.deploying.localstack.lookups import found
from local.deploying.localstack.site import Client, Site
from local.deploying.wanted.model import RestApi


def settle_stage(site: Site, client: Client, api: RestApi, api_id: str, *, is_changed: bool) -> Change:
    """Deploy the API to its stage where it changed since, or where an earlier command broke off before it did."""
    stage = found(client.get_stage, restApiId=api_id, stageName=api.stage)
    fingerprint = _fingerprint(api)
    is_current = stage is not None and not is_changed and _description(client, api_id, stage) == fingerprint
    if site.acts and not is_current:
        _deploy(client, api, api_id, fingerprint, stage)
    differences = [] if is_current else ["deployment"]
    return change_of("stage", f"{api.name}/{api.stage}", differences, exists=stage is not None)


def _deploy(client: Client, api: RestApi, api_id: str, fingerprint: str, stage: dict[str, Any] | None) -> None:
    """Deployments are snapshots, of which a stage shows one: the former one goes once the stage shows the new one."""
    now = client.create_deployment(restApiId=api_id, description=fingerprint)
    place = {"restApiId": api_id, "stageName": api.stage}
    if stage is None:
        client.create_stage(**place, deploymentId=now["id"], variables=dict(api.variables))
        return
    client.update_stage(**place, patchOperations=_operations(api, now["id"], stage.get("variables", {})))
    client.delete_deployment(restApiId=api_id, deploymentId=stage["deploymentId"])


def _operations(api: RestApi, deployment_id: str, there: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"op": "replace", "path": "/deploymentId", "value": deployment_id},
        *({"op": "replace", "path": f"/variables/{name}", "value": value} for name, value in api.variables.items()),
        *({"op": "remove", "path": f"/variables/{name}"} for name in there if name not in api.variables),
    ]


def _description(client: Client, api_id: str, stage: dict[str, Any]) -> str:
    deployment = found(client.get_deployment, restApiId=api_id, deploymentId=stage["deploymentId"])
    return "" if deployment is None else str(deployment.get("description", ""))


def _fingerprint(api: RestApi) -> str:
    """What is on line, as the description of a deployment."""
    return f"recours {hashlib.sha256(repr(asdict(api)).encode()).hexdigest()[:32]}"
