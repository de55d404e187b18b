"""Change sets: what CloudFormation would do, and having it done."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from local.deploying.aws.account import Client
from local.deploying.aws.stacks import Stack
from local.deploying.errors import DeployError
from local.serving.variables import Parameter

Sleep = Callable[[float], None]
POLL_S = 2.0
CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")
"""It makes roles, under names of its own choice, and expands SAM's transform."""
_EMPTY = ("didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True, slots=True)
class StackChange:
    """One row: `Add ClaimsFunction AWS::Lambda::Function`, and whether the resource is replaced by a new one."""

    action: str
    logical: str
    kind: str
    replacement: str


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """One that can be executed."""

    name: str
    stack: Stack
    changes: tuple[StackChange, ...]


def create_change_set(
    client: Client,
    stack: Stack,
    name: str,
    template_url: str,
    parameters: Collection[Parameter],
    values: Mapping[str, str],
    sleep: Sleep = time.sleep,
) -> ChangeSet | None:
    """Make it and wait until it can be read; None where there is nothing to change, and nothing is left behind.

    Raises DeployError with the reason where CloudFormation makes none.
    """
    client.create_change_set(
        StackName=stack.name,
        ChangeSetName=name,
        ChangeSetType=stack.change_set_type,
        TemplateURL=template_url,
        Parameters=change_set_parameters(parameters, values, stack),
        Capabilities=list(CAPABILITIES),
    )
    status, reason = _wait(client, stack.name, name, sleep)
    if status != "FAILED":
        return ChangeSet(name, stack, _changes(client, stack.name, name))
    discard(client, stack, name)
    if any(words in reason for words in _EMPTY):
        return None
    raise DeployError(f"CloudFormation refuses the template: {reason}")


def change_set_parameters(
    parameters: Collection[Parameter], values: Mapping[str, str], stack: Stack
) -> list[dict[str, object]]:
    """The given values; what is not given stays as the stack has it, or is the template's default."""
    given: list[dict[str, object]] = [
        {"ParameterKey": one.name, "ParameterValue": values[one.name]} for one in parameters if one.name in values
    ]
    kept: list[dict[str, object]] = [
        {"ParameterKey": one.name, "UsePreviousValue": True}
        for one in parameters
        if one.name not in values and one.name in stack.parameters
    ]
    return [*given, *kept]


def discard(client: Client, stack: Stack, name: str) -> None:
    """Delete it unexecuted, and the empty stack that a first one stands in."""
    client.delete_change_set(StackName=stack.name, ChangeSetName=name)
    if not stack.status:
        client.delete_stack(StackName=stack.name)


def execute(client: Client, change_set: ChangeSet) -> None:
    """Have it done; `following` tells how it goes."""
    client.execute_change_set(StackName=change_set.stack.name, ChangeSetName=change_set.name)


def _wait(client: Client, stack: str, name: str, sleep: Sleep) -> tuple[str, str]:
    """Its status and the reason, once it has a final one."""
    while True:
        told = client.describe_change_set(StackName=stack, ChangeSetName=name)
        if told["Status"] in ("CREATE_COMPLETE", "FAILED"):
            return told["Status"], told.get("StatusReason", "no reason was told")
        sleep(POLL_S)


def _changes(client: Client, stack: str, name: str) -> tuple[StackChange, ...]:
    pages = client.get_paginator("describe_change_set").paginate(StackName=stack, ChangeSetName=name)
    told = [change["ResourceChange"] for page in pages for change in page.get("Changes", ())]
    return tuple(
        StackChange(one["Action"], one["LogicalResourceId"], one["ResourceType"], one.get("Replacement", ""))
        for one in told
    )
