"""`Auth` of an API: its Lambda authorizers. Every other kind of authorizer is refused by name.

Source: "ApiAuth", "LambdaTokenAuthorizer", "LambdaRequestAuthorizer", "HttpApiAuth" and "LambdaAuthorizer" in the
AWS SAM developer guide.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from local.template.intrinsics import function_arn
from local.template.model import ApiKind, Authorizer, AuthorizerKind, PayloadVersion, TemplateError
from local.template.problems import Problems
from local.template.properties import Properties
from local.template.shapes import number_of, refuse_unknown, text_of, texts_of, truth_of

AUTH = {
    "rest": frozenset(
        [
            "AddApiKeyRequiredToCorsPreflight",
            "AddDefaultAuthorizerToCorsPreflight",
            "ApiKeyRequired",
            "Authorizers",
            "DefaultAuthorizer",
            "InvokeRole",
            "ResourcePolicy",
            "UsagePlan",
        ]
    ),
    "http": frozenset({"Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"}),
}
REST = frozenset(
    ["DisableFunctionDefaultPermissions", "FunctionArn", "FunctionInvokeRole", "FunctionPayloadType", "Identity"]
)
HTTP = frozenset(
    [
        "AuthorizerPayloadFormatVersion",
        "EnableFunctionDefaultPermissions",
        "EnableSimpleResponses",
        "FunctionArn",
        "FunctionInvokeRole",
        "Identity",
    ]
)
# What the other kinds have instead of a function, and the name that each is known by.
OTHERS = {
    "AuthorizationScopes": "a JWT or Cognito",
    "IdentitySource": "a JWT",
    "JwtConfiguration": "a JWT",
    "UserPoolArn": "a Cognito",
}
IDENTITY = {"Headers": "header", "QueryStrings": "query", "Context": "context", "StageVariables": "stage"}
TTL_S_DEFAULT, TTL_S_MAX = 300, 3600
IAM, NONE = "AWS_IAM", "NONE"


@dataclass(frozen=True, slots=True)
class Auth:
    """What `Auth` says."""

    authorizers: tuple[Authorizer, ...] = ()
    names: frozenset[str] = frozenset()
    """Of all that were written, so that a route of one that could not be read is no second problem."""
    default: str | None = None
    preflight: str | None = None


def read_auth(api: Properties, kind: ApiKind, functions: Collection[str], problems: Problems) -> Auth:
    """The authorizers of an API; `functions` are the template's, by logical id. What is wrong goes to `problems`."""
    given = problems.attempt(None, api.below, "Auth")
    if given is None:
        return Auth()
    problems.attempt(None, _refuse_other_auth, given, AUTH[kind])
    named = problems.attempt(None, given.below, "Authorizers")
    read = _read_rest if kind == "rest" else _read_http
    found = [problems.attempt(None, read, name, named, functions) for name in named] if named else []
    names = frozenset(named or ())
    default = problems.attempt(None, _default, given, names)
    adds = problems.attempt(False, _flag, given, "AddDefaultAuthorizerToCorsPreflight", default=True)
    return Auth(
        tuple(one for one in found if one is not None), names, default, default if adds and kind == "rest" else None
    )


def _refuse_other_auth(given: Properties, known: frozenset[str]) -> None:
    refuse_unknown(given, known, given.where)
    if _flag(given, "ApiKeyRequired"):
        raise TemplateError(f"{given.place('ApiKeyRequired')}: API keys are not supported by the emulator")
    if _flag(given, "EnableIamAuthorizer"):
        raise TemplateError(f"{given.place('EnableIamAuthorizer')}: IAM authorizers are not supported by the emulator")


def _default(given: Properties, named: frozenset[str]) -> str | None:
    value = given.get("DefaultAuthorizer")
    return None if value is None else authorizer_name(value, named, given.place("DefaultAuthorizer"))


def authorizer_name(value: object, named: Collection[str], where: str) -> str | None:
    """The name of one of the API's authorizers, or None for `NONE`. Raises TemplateError for any other."""
    name = text_of(value, where)
    if name == IAM:
        raise TemplateError(f"{where}: IAM authorizers are not supported by the emulator")
    if name != NONE and name not in named:
        raise TemplateError(f"{where}: {name} is not one of the API's Authorizers")
    return None if name == NONE else name


def _read_rest(name: str, authorizers: Properties, functions: Collection[str]) -> Authorizer:
    given = authorizers.below(name)
    _refuse_other_kinds(given, REST)
    kind = text_of(given.get("FunctionPayloadType", "TOKEN"), given.place("FunctionPayloadType"))
    identity = given.below("Identity")
    ttl_s = _ttl(identity, default=TTL_S_DEFAULT)
    if kind == "TOKEN":
        refuse_unknown(identity, ("Header", "ReauthorizeEvery", "ValidationExpression"), identity.where)
        header = text_of(identity.get("Header", "Authorization"), identity.place("Header")).lower()
        return Authorizer(
            name, _function(given, functions), "TOKEN", "1.0",
            identity=(f"header:{header}",), validation=_validation(identity), ttl_s=ttl_s,
        )  # fmt: skip
    if kind != "REQUEST":
        raise TemplateError(f"{given.place('FunctionPayloadType')}: {kind} is neither TOKEN nor REQUEST")
    sources = _sources(identity)
    if not sources and ttl_s > 0:
        raise TemplateError(
            f"{identity.where}: Headers, QueryStrings, Context or StageVariables are needed, or ReauthorizeEvery: 0"
        )
    return Authorizer(name, _function(given, functions), "REQUEST", "1.0", identity=sources, ttl_s=ttl_s)


def _read_http(name: str, authorizers: Properties, functions: Collection[str]) -> Authorizer:
    given = authorizers.below(name)
    _refuse_other_kinds(given, HTTP)
    place = given.place("AuthorizerPayloadFormatVersion")
    version = payload_version(given.get("AuthorizerPayloadFormatVersion"), place)
    identity = given.below("Identity")
    sources = _sources(identity)
    kind: AuthorizerKind = "REQUEST"
    return Authorizer(
        name,
        _function(given, functions),
        kind,
        version,
        simple_answers=_flag(given, "EnableSimpleResponses"),
        identity=sources,
        # Nothing is remembered by nothing: API Gateway caches only by identity sources.
        ttl_s=_ttl(identity, default=TTL_S_DEFAULT) if sources else 0,
    )


def payload_version(value: object, where: str) -> PayloadVersion:
    """`1.0` or `2.0`. Raises TemplateError."""
    if value is None:
        raise TemplateError(f"{where}: missing; 1.0 or 2.0 is needed")
    text = text_of(value, where)
    if text in ("1.0", "1"):
        return "1.0"
    if text in ("2.0", "2"):
        return "2.0"
    raise TemplateError(f"{where}: {text} is neither 1.0 nor 2.0")


def _refuse_other_kinds(given: Properties, known: frozenset[str]) -> None:
    for name in given:
        if name in OTHERS:
            raise TemplateError(f"{given.place(name)}: {OTHERS[name]} authorizer is not supported by the emulator")
    refuse_unknown(given, known, given.where)


def _function(given: Properties, functions: Collection[str]) -> str:
    value = given.get("FunctionArn")
    if value is None:
        raise TemplateError(f"{given.place('FunctionArn')}: missing")
    arn = text_of(value, given.place("FunctionArn"))
    for name in functions:
        if arn == function_arn(name):
            return name
    raise TemplateError(f"{given.place('FunctionArn')}: {arn} is not a function of this template")


def _validation(identity: Properties) -> str | None:
    value = identity.get("ValidationExpression")
    if value is None:
        return None
    where = identity.place("ValidationExpression")
    expression = text_of(value, where)
    try:
        re.compile(expression)
    except re.error as error:
        raise TemplateError(f"{where}: {expression} is not a regular expression: {error}") from error
    return expression


def _sources(identity: Properties) -> tuple[str, ...]:
    refuse_unknown(identity, (*IDENTITY, "ReauthorizeEvery"), identity.where)
    return tuple(
        f"{prefix}:{item.lower() if prefix == 'header' else item}"
        for name, prefix in IDENTITY.items()
        for item in texts_of(identity.get(name), identity.place(name))
    )


def _ttl(identity: Properties, *, default: int) -> int:
    return number_of(
        identity.get("ReauthorizeEvery", default), identity.place("ReauthorizeEvery"), least=0, most=TTL_S_MAX
    )


def _flag(given: Properties, name: str, *, default: bool = False) -> bool:
    return truth_of(given.get(name, default), given.place(name))
