"""A function's `Api` and `HttpApi` events as routes."""

from collections.abc import Mapping

from local.template.apis import IMPLICIT, ReadApi
from local.template.authorizers import authorizer_name, payload_version
from local.template.model import ApiKind, PayloadVersion, Route, TemplateError
from local.template.properties import Properties
from local.template.shapes import number_of, refuse_unknown, text_of, truth_of

METHODS = frozenset({"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
KINDS: Mapping[str, ApiKind] = {"Api": "rest", "HttpApi": "http"}
DEFAULT_ROUTE = "$default"
# Known and without a counterpart on a laptop: documentation, permissions and quotas.
PROPERTIES: Mapping[ApiKind, frozenset[str]] = {
    "rest": frozenset(
        [
            "Auth",
            "Method",
            "Path",
            "RequestModel",
            "RequestParameters",
            "ResponseTransferMode",
            "RestApiId",
            "TimeoutInMillis",
        ]
    ),
    "http": frozenset(["ApiId", "Auth", "Method", "Path", "PayloadFormatVersion", "RouteSettings", "TimeoutInMillis"]),
}
AUTH: Mapping[ApiKind, frozenset[str]] = {
    "rest": frozenset(
        ["ApiKeyRequired", "AuthorizationScopes", "Authorizer", "InvokeRole", "OverrideApiAuth", "ResourcePolicy"]
    ),
    "http": frozenset({"AuthorizationScopes", "Authorizer"}),
}
TIMEOUT_MS_MIN, TIMEOUT_MS_MAX = 50, 29_000


def read_route(kind: ApiKind, given: Properties, base_path: str, apis: Mapping[str, ReadApi]) -> Route:
    """The route of one event. `apis` are the template's, the implicit ones among them. Raises TemplateError."""
    refuse_unknown(given, PROPERTIES[kind], given.where)
    api = _api(kind, given, apis)
    method, path = _method_and_path(kind, given, base_path)
    _refuse_validation(given)
    return Route(
        method,
        path,
        api=api.api.name,
        payload_version=_version(kind, given),
        authorizer=_authorizer(kind, given, api),
        timeout_ms=number_of(
            given.get("TimeoutInMillis", TIMEOUT_MS_MAX),
            given.place("TimeoutInMillis"),
            least=TIMEOUT_MS_MIN,
            most=TIMEOUT_MS_MAX,
        ),
    )


def api_property(kind: ApiKind) -> str:
    """The property of an event that names its API."""
    return "RestApiId" if kind == "rest" else "ApiId"


def _api(kind: ApiKind, given: Properties, apis: Mapping[str, ReadApi]) -> ReadApi:
    place = given.place(api_property(kind))
    name = text_of(given.get(api_property(kind), IMPLICIT[kind]), place)
    if name not in apis:
        raise TemplateError(f"{place}: {name} is not an API of this template")
    if apis[name].api.kind != kind:
        raise TemplateError(f"{place}: {name} is an API of the other kind; the event's Type does not fit it")
    return apis[name]


def _method_and_path(kind: ApiKind, given: Properties, base_path: str) -> tuple[str, str]:
    if kind == "http" and "Method" not in given and "Path" not in given:
        return "ANY", DEFAULT_ROUTE
    for needed in ("Method", "Path"):
        if needed not in given:
            raise TemplateError(f"{given.place(needed)}: missing")
    return _method(given), _path(given, base_path)


def _method(given: Properties) -> str:
    method = text_of(given.get("Method", ""), given.place("Method")).upper()
    method = "ANY" if method in ("*", "X-AMAZON-APIGATEWAY-ANY-METHOD") else method
    if method not in METHODS:
        raise TemplateError(f"{given.place('Method')}: {method} is not an HTTP method")
    return method


def _path(given: Properties, base_path: str) -> str:
    where = given.place("Path")
    path = text_of(given.get("Path", ""), where)
    if path == DEFAULT_ROUTE:
        return path
    if not path.startswith("/"):
        raise TemplateError(f"{where}: {path} does not begin with /")
    if base_path and path != base_path and not path.startswith(f"{base_path}/"):
        raise TemplateError(f"{where}: {path} does not stand under the base path {base_path}")
    segments = path.split("/")
    for place, segment in enumerate(segments):
        if ("{" in segment or "}" in segment) and not (segment.startswith("{") and segment.endswith("}")):
            raise TemplateError(f"{where}: a parameter is a whole segment, unlike {segment}")
        if segment.endswith("+}") and place != len(segments) - 1:
            raise TemplateError(f"{where}: {segment} takes all that is left, so that nothing may follow it")
    return path


def _version(kind: ApiKind, given: Properties) -> PayloadVersion:
    if kind == "rest":
        return "1.0"
    return payload_version(given.get("PayloadFormatVersion", "2.0"), given.place("PayloadFormatVersion"))


def _authorizer(kind: ApiKind, given: Properties, api: ReadApi) -> str | None:
    auth = given.below("Auth")
    refuse_unknown(auth, AUTH[kind], auth.where)
    if truth_of(auth.get("ApiKeyRequired"), auth.place("ApiKeyRequired")):
        raise TemplateError(f"{auth.place('ApiKeyRequired')}: API keys are not supported by the emulator")
    if auth.get("AuthorizationScopes"):
        raise TemplateError(f"{auth.place('AuthorizationScopes')}: JWT authorizers are not supported by the emulator")
    named = auth.get("Authorizer")
    if named is None:
        return api.default_authorizer
    return authorizer_name(named, api.authorizer_names, auth.place("Authorizer"))


def _refuse_validation(given: Properties) -> None:
    model = given.below("RequestModel")
    for name in ("ValidateBody", "ValidateParameters", "ValidateRequest"):
        if truth_of(model.get(name), model.place(name)):
            raise TemplateError(f"{model.place(name)}: not supported by the emulator: requests are not validated")
    mode = text_of(given.get("ResponseTransferMode", "BUFFERED"), given.place("ResponseTransferMode"))
    if mode != "BUFFERED":
        raise TemplateError(f"{given.place('ResponseTransferMode')}: {mode} is not supported by the emulator")
