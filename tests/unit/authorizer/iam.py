"""How API Gateway evaluates a policy, in so far as ours need it: written from its description, not from our code.

An explicit Deny wins, an Allow is needed, `*` stands for any characters. Source: "API Gateway Lambda authorization
workflow" and "IAM policy evaluation logic".
"""

import re
from typing import Any


def allows(policy: dict[str, Any], arn: str) -> bool:
    """Whether the policy lets the caller invoke the method."""
    effects = {
        statement["Effect"]
        for statement in policy["Statement"]
        if statement["Action"] == "execute-api:Invoke" and any(_matches(each, arn) for each in statement["Resource"])
    }
    return effects == {"Allow"}


def _matches(pattern: str, arn: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), arn) is not None
