"""The authorizer of the gateway, of type TOKEN: a bearer token in, an IAM policy and who it is out.

The event: `{"type": "TOKEN", "authorizationToken": "Bearer …", "methodArn": "arn:aws:execute-api:…"}`. API Gateway
answers 401 where an authorizer fails with the message `Unauthorized`, 403 where the policy denies, and 500 where it
fails in any other way. Source: "Use API Gateway Lambda authorizers" and "Output from an API Gateway Lambda authorizer".
"""

import re
from typing import Any

from functions.authorizer import bootstrap
from functions.authorizer.identity import Identity
from functions.authorizer.policy import policy_for
from functions.authorizer.verifying import TokenError
from metrics.logs import logger

_BEARER = re.compile(r"bearer +([A-Za-z0-9_.-]+) *", re.IGNORECASE)


class Unauthorized(Exception):  # noqa: N818 (its text is the word that API Gateway waits for)
    """Whom API Gateway answers 401."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """What the caller may do, good for every route: API Gateway remembers it for the token, not for the route."""
    identity = _identity(str(event.get("authorizationToken") or ""))
    return {
        "principalId": identity.sub,
        "policyDocument": policy_for(identity.role, event["methodArn"]),
        "context": identity.to_context(),
    }


def _identity(authorization: str) -> Identity:
    given = _BEARER.fullmatch(authorization)
    if given is None:
        raise _refused("there is no bearer token")
    try:
        return bootstrap.verifier().identity(given[1])
    except TokenError as error:
        raise _refused(str(error)) from None


def _refused(reason: str) -> Unauthorized:
    """The reason is for us: whoever tries tokens out learns nothing from it."""
    logger.info("token refused", extra={"reason": reason})
    return Unauthorized()
