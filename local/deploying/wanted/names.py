"""What the resources of a stack are called, and their ARNs."""

from dataclasses import dataclass

from local.deploying.buckets import bucket_name
from local.deploying.errors import DeployError

NAME_LENGTH_MAX = 64  # of functions, roles and rules


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one stack in one account and region. A resource is `<stack>-<logical id>` where it says nothing."""

    stack: str
    account: str
    region: str
    partition: str = "aws"

    def of(self, logical: str, given: str = "") -> str:
        """The name of a resource. Raises DeployError for one that no service takes."""
        name = given or f"{self.stack}-{logical}"
        if len(name) > NAME_LENGTH_MAX:
            raise DeployError(f"{name} has {len(name)} characters, and names have {NAME_LENGTH_MAX}: a shorter --stack")
        return name

    @property
    def bucket(self) -> str:
        """Where the zips are, and what is known of the stack."""
        return bucket_name(self.stack, self.account, self.region)

    def arn(self, service: str, resource: str) -> str:
        """`arn:aws:lambda:us-east-1:000000000000:function:recours-ClaimsFunction`."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def role_arn(self, name: str) -> str:
        """A role's: of no region."""
        return f"arn:{self.partition}:iam::{self.account}:role/{name}"

    def managed_policy_arn(self, name: str) -> str:
        """That of a managed policy, which a template may give by its name alone."""
        return name if name.startswith("arn:") else f"arn:{self.partition}:iam::aws:policy/{name}"

    @property
    def pseudo(self) -> dict[str, str]:
        """The pseudo parameters of CloudFormation."""
        return {
            "AWS::AccountId": self.account,
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::StackId": self.arn("cloudformation", f"stack/{self.stack}/localstack"),
            "AWS::StackName": self.stack,
            "AWS::URLSuffix": "amazonaws.com",
        }
