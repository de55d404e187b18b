"""Roles with their policies."""

import json
from collections.abc import Mapping
from typing import Any

from local.deploying.changes import Change, change_of
from local.deploying.localstack.lookups import found
from local.deploying.localstack.site import Client, Site
from local.deploying.wanted.model import Role


def deploy_role(site: Site, role: Role) -> Change:
    """Make it, or make it as it is wanted."""
    client = site.client("iam")
    there = found(client.get_role, RoleName=role.name)
    differences = _differences(client, role, there["Role"]) if there else []
    if site.acts and there is None:
        client.create_role(RoleName=role.name, AssumeRolePolicyDocument=json.dumps(role.trust))
        _change(client, role, ["policies"])
    elif site.acts and differences:
        _change(client, role, differences)
    return change_of("role", role.name, differences, exists=there is not None)


def delete_role(site: Site, name: str) -> None:
    """Delete it with its policies."""
    client = site.client("iam")
    for policy in _inline(client, name):
        client.delete_role_policy(RoleName=name, PolicyName=policy)
    for arn in _managed(client, name):
        client.detach_role_policy(RoleName=name, PolicyArn=arn)
    client.delete_role(RoleName=name)


def _differences(client: Client, role: Role, there: Mapping[str, Any]) -> list[str]:
    policies = (_inline(client, role.name), _managed(client, role.name))
    parts = {
        "trust": there["AssumeRolePolicyDocument"] != role.trust,
        "policies": policies != (dict(role.inline), set(role.managed)),
    }
    return [name for name, differs in parts.items() if differs]


def _change(client: Client, role: Role, differences: list[str]) -> None:
    if "trust" in differences:
        client.update_assume_role_policy(RoleName=role.name, PolicyDocument=json.dumps(role.trust))
    if "policies" in differences:
        _put_inline(client, role)
        _put_managed(client, role)


def _put_inline(client: Client, role: Role) -> None:
    there = _inline(client, role.name)
    for name, document in role.inline.items():
        if there.get(name) != document:
            client.put_role_policy(RoleName=role.name, PolicyName=name, PolicyDocument=json.dumps(document))
    for name in set(there) - set(role.inline):
        client.delete_role_policy(RoleName=role.name, PolicyName=name)


def _put_managed(client: Client, role: Role) -> None:
    there = _managed(client, role.name)
    for arn in set(role.managed) - there:
        client.attach_role_policy(RoleName=role.name, PolicyArn=arn)
    for arn in there - set(role.managed):
        client.detach_role_policy(RoleName=role.name, PolicyArn=arn)


def _inline(client: Client, role: str) -> dict[str, Any]:
    """The documents of its own policies, by name."""
    pages = client.get_paginator("list_role_policies").paginate(RoleName=role)
    names = [name for page in pages for name in page["PolicyNames"]]
    return {name: client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}


def _managed(client: Client, role: str) -> set[str]:
    pages = client.get_paginator("list_attached_role_policies").paginate(RoleName=role)
    return {policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]}
