"""What an authorizer answered, read and checked.

Source: "Output from an API Gateway Lambda authorizer" and "Control access to HTTP APIs with AWS Lambda authorizers" in
the API Gateway developer guide.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from local.apigateway.events import Facts
from local.apigateway.policies import Policy, PolicyError, read_policy
from local.template.model import Api, Authorizer, PayloadVersion


class AuthorizerAnswerError(Exception):
    """The authorizer's answer has not the shape that its kind asks for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An authorizer's answer: about every method where it is a policy, about all alike where it is simple."""

    policy: Policy | bool
    principal: str | None
    context: Facts

    def allows(self, arn: str) -> bool:
        """Whether the method of that ARN may be invoked."""
        return self.policy if isinstance(self.policy, bool) else self.policy.allows(arn)

    def told(self, payload_version: PayloadVersion) -> Facts:
        """`requestContext.authorizer` of the event that the function gets."""
        if payload_version == "2.0":
            return {"lambda": self.context or None}
        return self.context if self.principal is None else {"principalId": self.principal, **self.context}


def read_verdict(returned: object, authorizer: Authorizer, api: Api) -> Verdict:
    """Read what an authorizer returned. Raises AuthorizerAnswerError."""
    if not isinstance(returned, Mapping):
        raise AuthorizerAnswerError(f"the authorizer returned {type(returned).__name__}, not an object")
    context = _context(returned)
    if authorizer.simple_answers:
        return Verdict(_simple(returned), None, context)
    principal = returned.get("principalId")
    if not isinstance(principal, str | int) or isinstance(principal, bool):
        raise AuthorizerAnswerError("principalId is missing or no text")
    if api.kind == "rest":
        context = {name: _text(name, value) for name, value in context.items()}
    try:
        return Verdict(read_policy(returned.get("policyDocument")), str(principal), context)
    except PolicyError as error:
        raise AuthorizerAnswerError(str(error)) from error


def _simple(returned: Mapping[str, object]) -> bool:
    value = returned.get("isAuthorized")
    if not isinstance(value, bool):
        raise AuthorizerAnswerError("isAuthorized is missing or no boolean")
    return value


def _context(returned: Mapping[str, object]) -> Mapping[str, object]:
    context = returned.get("context")
    if context is None:
        return {}
    if not isinstance(context, Mapping):
        raise AuthorizerAnswerError("context is not an object")
    return context


def _text(name: str, value: object) -> str:
    """A REST API hands on texts, numbers and booleans, and all of them as texts."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise AuthorizerAnswerError(f"context.{name} is {type(value).__name__}; a text, a number or a boolean is needed")
