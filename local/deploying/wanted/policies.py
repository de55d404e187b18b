"""What the functions may do: the role of each, as SAM makes it.

Source: "Policies", "Role" and "Generated CloudFormation resources" in the AWS SAM developer guide.
"""

from collections.abc import Mapping
from typing import Any

from local.deploying.errors import DeployError
from local.deploying.wanted.model import Document, Role
from local.deploying.wanted.names import Names
from local.template.shapes import list_of, mapping_of, text_of, texts_of

POLICY = "AWS::IAM::Policy"
VERSION = "2012-10-17"
TRUST: Document = {
    "Version": VERSION,
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
# What AWSLambdaBasicExecutionRole allows. Written out: an endpoint need not have AWS's own policies.
LOGS: Document = {
    "Version": VERSION,
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "*",
        }
    ],
}


def read_role(logical: str, policies: object, attached: Mapping[str, Document], names: Names) -> Role:
    """The role that SAM would make for a function, `policies` being its `Policies`.

    `attached` are those that `AWS::IAM::Policy` resources give it. Raises DeployError for SAM's policy templates.
    """
    managed = []
    inline: dict[str, Document] = {"Logs": LOGS, **attached}
    given = [policies] if isinstance(policies, str | dict) else list_of(policies, f"{logical}.Policies")
    for place, policy in enumerate(given):
        if isinstance(policy, str):
            managed.append(names.managed_policy_arn(policy))
        else:
            inline[f"Policy{place}"] = _document(policy, f"{logical}.Policies[{place}]")
    return Role(names.of(role_of(logical)), TRUST, tuple(sorted(managed)), inline)


def role_of(logical: str) -> str:
    """The logical id that SAM gives the role of a function: `!Ref ClaimsFunctionRole`."""
    return f"{logical}Role"


def attached_policies(properties: Mapping[str, Any], where: str) -> tuple[frozenset[str], str, Document]:
    """Of an `AWS::IAM::Policy`: the names of its roles, its own name, its document."""
    roles = frozenset(texts_of(properties.get("Roles"), f"{where}.Roles"))
    name = text_of(properties.get("PolicyName", ""), f"{where}.PolicyName")
    return roles, name, mapping_of(properties.get("PolicyDocument"), f"{where}.PolicyDocument")


def _document(policy: object, where: str) -> Document:
    document = mapping_of(policy, where)
    if "Statement" not in document:
        raise DeployError(
            f"{where}: {', '.join(document)} is a policy template of SAM; write its statements, "
            "or deploy with --target aws"
        )
    return {"Version": VERSION} | document
