"""The events of a stack while it is changed."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from local.deploying.aws.account import Client
from local.deploying.aws.change_sets import Sleep
from local.deploying.aws.stacks import SUCCEEDED, Stack, read_stack
from local.deploying.errors import DeployError

POLL_S = 3.0
STACK = "AWS::CloudFormation::Stack"
# What only says that something else failed first.
_CANCELLED = ("cancelled",)


@dataclass(frozen=True, slots=True)
class StackEvent:
    """One event. `reason` is told of failures, and of some others."""

    id: str
    logical: str
    kind: str
    status: str
    reason: str

    @property
    def is_cause(self) -> bool:
        """Whether it is a failure of its own."""
        return (
            self.kind != STACK
            and self.status.endswith("_FAILED")
            and not any(words in self.reason for words in _CANCELLED)
        )

    def ends(self, stack: str) -> bool:
        """Whether that stack is done with it; its status would not say so, which stays the former one for a while."""
        return self.kind == STACK and self.logical == stack and not self.status.endswith("_IN_PROGRESS")


def known_events(client: Client, stack: Stack) -> frozenset[str]:
    """The ids of the events that are there before a change; none where the stack is new."""
    return frozenset(event.id for event in _events(client, stack.name)) if stack.status else frozenset()


def follow(
    client: Client,
    name: str,
    known: frozenset[str],
    tell: Callable[[StackEvent], None],
    sleep: Sleep = time.sleep,
) -> Stack:
    """Tell each new event until CloudFormation is done; return the stack.

    Raises DeployError with the reasons where it did not come to what was wanted.
    """
    seen, causes, is_done = set(known), [], False
    while not is_done:
        for event in reversed(list(takewhile(lambda one: one.id not in seen, _events(client, name)))):
            seen.add(event.id)
            tell(event)
            is_done = event.ends(name)
            if event.is_cause:
                causes.append(f"{event.logical}: {event.reason}")
        if not is_done:
            sleep(POLL_S)
    stack = read_stack(client, name)
    if stack.status in SUCCEEDED:
        return stack
    raise DeployError(f"the stack {name} is {stack.status or 'gone'}: {'; '.join(causes) or 'no reason was told'}")


def _events(client: Client, name: str) -> Iterator[StackEvent]:
    """The newest first."""
    pages = client.get_paginator("describe_stack_events").paginate(StackName=name)
    return (_event(one) for page in pages for one in page["StackEvents"])


def _event(told: dict[str, Any]) -> StackEvent:
    return StackEvent(
        told["EventId"],
        told["LogicalResourceId"],
        told["ResourceType"],
        told["ResourceStatus"],
        told.get("ResourceStatusReason", ""),
    )
