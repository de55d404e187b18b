"""Who may invoke a function: the APIs that have routes to it or ask it, and its schedules."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local.deploying.changes import Change, change_of
from local.deploying.localstack.lookups import found
from local.deploying.localstack.site import Site
from local.deploying.wanted.model import Function, Wanted

# Statements that we made: others on the same function are somebody else's, and stay.
PREFIX = "Recours"


@dataclass(frozen=True, slots=True)
class Permission:
    """One statement of a function's policy."""

    sid: str
    principal: str
    source_arn: str


def permissions_of(function: Function, wanted: Wanted, api_arns: Mapping[str, str]) -> set[Permission]:
    """Those that a function needs; `api_arns` by logical id: `arn:aws:execute-api:<region>:<account>:<api>`."""
    return {*_of_apis(function, wanted, api_arns), *_of_schedules(function, wanted)}


def _of_apis(function: Function, wanted: Wanted, api_arns: Mapping[str, str]) -> Iterator[Permission]:
    for api in wanted.apis:
        sid, arn = f"{PREFIX}{api.logical}", api_arns[api.logical]
        if any(method.function_arn == function.arn for method in api.methods):
            # SAM makes one for each route. A function's policy has 20 KB, and one for the API says the same here.
            yield Permission(sid, "apigateway.amazonaws.com", f"{arn}/*/*/*")
        if any(one.function_arn == function.arn for one in api.authorizers):
            yield Permission(f"{sid}Authorizer", "apigateway.amazonaws.com", f"{arn}/authorizers/*")


def _of_schedules(function: Function, wanted: Wanted) -> Iterator[Permission]:
    for place, schedule in enumerate(one for one in wanted.schedules if one.function == function.logical):
        yield Permission(f"{PREFIX}Schedule{place}", "events.amazonaws.com", schedule.arn)


def deploy_permissions(site: Site, function: Function, wanted: set[Permission]) -> Change:
    """Add those that are missing, and take away ours that nobody needs any more."""
    there = _there(site, function.name)
    missing, needless = wanted - there, there - wanted
    if site.acts:
        for one in needless:
            site.functions.remove_permission(FunctionName=function.name, StatementId=one.sid)
        for one in missing:
            _add(site, function.name, one)
    differs = [one.sid for one in (*missing, *needless)]
    return change_of("permissions", function.name, sorted(set(differs)), exists=bool(there) or not wanted)


def _add(site: Site, name: str, one: Permission) -> None:
    site.functions.add_permission(
        FunctionName=name,
        StatementId=one.sid,
        Action="lambda:InvokeFunction",
        Principal=one.principal,
        SourceArn=one.source_arn,
    )


def _there(site: Site, name: str) -> set[Permission]:
    answer = found(site.functions.get_policy, FunctionName=name)
    if answer is None:
        return set()
    statements = [one for one in json.loads(answer["Policy"])["Statement"] if one["Sid"].startswith(PREFIX)]
    return {
        Permission(
            one["Sid"],
            one["Principal"]["Service"],
            one.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn", ""),
        )
        for one in statements
    }
