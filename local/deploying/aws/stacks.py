"""A stack as CloudFormation has it, and whether it can be changed.

Source: "Stack status codes" and "Troubleshooting CloudFormation" in the CloudFormation user guide.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local.deploying.aws.account import Client
from local.deploying.errors import DeployError

ChangeSetType: TypeAlias = Literal["CREATE", "UPDATE"]
_DELETE = "delete it and deploy again: aws cloudformation delete-stack --stack-name {name}"
_STUCK = {
    "CREATE_FAILED": f"could not be created; {_DELETE}",
    "DELETE_FAILED": (
        "could not be deleted; see what holds it: aws cloudformation describe-stack-events --stack-name {name}"
    ),
    "REVIEW_IN_PROGRESS": "has a first change set that waits for somebody; execute that one, or " + _DELETE,
    "ROLLBACK_COMPLETE": f"was rolled back when it was created, and can only be deleted; {_DELETE}",
    "ROLLBACK_FAILED": f"could not be rolled back when it was created; {_DELETE}",
    "UPDATE_ROLLBACK_FAILED": (
        "could not be rolled back; go on with that first: "
        "aws cloudformation continue-update-rollback --stack-name {name}"
    ),
}
SUCCEEDED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack by its name; `status` is empty where there is none yet."""

    name: str
    status: str = ""
    parameters: frozenset[str] = frozenset()
    """Those that have a value there."""
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def change_set_type(self) -> ChangeSetType:
        """How it is changed. Raises DeployError that says what to do where it cannot be."""
        if self.status in _STUCK:
            raise DeployError(f"the stack {self.name} {_STUCK[self.status].format(name=self.name)}")
        if self.is_moving:
            raise DeployError(f"the stack {self.name} is being changed ({self.status}); try again once that is done")
        return "UPDATE" if self.status else "CREATE"

    @property
    def is_moving(self) -> bool:
        """Whether CloudFormation is still at it."""
        return self.status.endswith("_IN_PROGRESS")


def read_stack(client: Client, name: str) -> Stack:
    """What there is of it. Raises ClientError where that is not told."""
    try:
        told = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error.response["Error"].get("Message", "")):
            return Stack(name)
        raise
    return Stack(
        name,
        told["StackStatus"],
        frozenset(one["ParameterKey"] for one in told.get("Parameters", ())),
        {one["OutputKey"]: one["OutputValue"] for one in told.get("Outputs", ())},
    )
