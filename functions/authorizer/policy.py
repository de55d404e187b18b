"""What a role may do as an IAM policy for API Gateway, made from the table in `handlers.access`. Pure.

A wildcard of IAM stands for any characters, slashes too, so that `GET/claims/*` also lets `GET/claims/x/events` in.
What a role may not do and would be let in like that is denied by name. The functions ask the table again, exactly.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from re import sub
from typing import Any

from handlers.access import ALLOWED, Role, Route

VERSION = "2012-10-17"


def policy_for(role: Role | None, method_arn: str) -> dict[str, Any]:
    """The policy of a role for the API and stage of `method_arn` (`arn:aws:execute-api:…:API/STAGE/GET/path`)."""
    api_stage = "/".join(method_arn.split("/")[:2])
    if role is None:
        return {"Version": VERSION, "Statement": [_statement("Deny", [f"{api_stage}/*"])]}
    allowed, denied = patterns(role)
    statements = [_statement("Allow", [f"{api_stage}/{pattern}" for pattern in allowed])]
    if denied:
        statements.append(_statement("Deny", [f"{api_stage}/{pattern}" for pattern in denied]))
    return {"Version": VERSION, "Statement": statements}


@cache
def patterns(role: Role) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What to allow and what to deny, each without what another pattern of the same kind already takes in."""
    allowed = {_pattern(route) for route, roles in ALLOWED.items() if role in roles}
    refused = {_pattern(route) for route, roles in ALLOWED.items() if role not in roles}
    let_in = {each for each in refused if any(fnmatchcase(each, wide) for wide in allowed)}
    # A route that is refused must not take one with it that is allowed; then the function alone refuses it.
    denied = {each for each in let_in if not any(fnmatchcase(right, each) for right in allowed)}
    return _widest(allowed), _widest(denied)


def _pattern(route: Route) -> str:
    method, path = route
    return method + sub(r"{[^}]*}", "*", path)


def _widest(some: Iterable[str]) -> tuple[str, ...]:
    every = sorted(some)
    return tuple(one for one in every if not any(one != other and fnmatchcase(one, other) for other in every))


def _statement(effect: str, resources: list[str]) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resources}
