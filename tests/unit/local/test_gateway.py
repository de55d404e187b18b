"""What the gateway's process is told, which functions it runs, what stands beside their routes, what its page shows."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from local.apigateway.answers import HttpAnswer
from local.apigateway.application import ApiGateway
from local.apigateway.requests import HttpRequest, Message, Scope
from local.apigateway.router import WrongMethodError
from local.gateway.application import ByPort, PortApplication
from local.gateway.console import Console
from local.gateway.functions import asked_authorizers, served_functions
from local.gateway.guard import Guard
from local.gateway.page import render_page
from local.gateway.services import Service, read_services
from local.gateway.settings import Settings, parse_settings
from local.paths import DataDirectory
from local.runtime.metrics import FunctionMeasures
from local.template import Function, Route, Template
from local.template.model import Api, Authorizer

SERVICE = Service("claims", "/claims-service", 8101, "The <command> side", frozenset({"/claims-service/health"}))
HEALTH = Route("GET", "/claims-service/health")


def function(name: str = "Claims", service: str = "claims", *routes: Route) -> Function:
    return Function(name, "a.b", service, None, f"/{service}-service", 1, 3, 128, {}, (), Path(), routes, None)


def template(*functions: Function, apis: dict[str, Api] | None = None) -> Template:
    return Template(Path("template.yaml"), "", functions, (), apis or {})


def settings(*listeners: str, auth: bool = False) -> Settings:
    fds = {name: fd for fd, name in enumerate(listeners, start=5)}
    return Settings(Path("/t.yaml"), DataDirectory(Path("/data")), fds, None, None, auth)


class NobodyInvokes:
    async def invoke(self, function: str, event: object, request_id: str) -> object:
        raise AssertionError(function)


class Page:
    """A mount that has one path, for GET alone."""

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        if request.path != "/page":
            return None
        if request.method != "GET":
            raise WrongMethodError(["GET"])
        return HttpAnswer(200, [], b"the page")


class Closed:
    """A guard that lets nobody in."""

    async def refusal(self, _request: HttpRequest) -> HttpAnswer:
        return HttpAnswer(401, [], b"who are you?")


class Metrics:
    """A function that has metrics of its own."""

    async def invoke(self, function: str, event: object, request_id: str) -> object:
        return {"statusCode": 200, "body": f"those of {function}"}


def asked(application: PortApplication | ByPort, method: str, path: str, port: int = 8100) -> tuple[int, str, bytes]:
    """The answer's status, its Allow header and its body."""
    scope: Scope = {
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "client": None,
        "server": ("127.0.0.1", port),
        "http_version": "1.1",
    }
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("there is no body to read")

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(application(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]).get(b"allow", b"").decode(), sent[1]["body"]


@pytest.mark.parametrize(
    "told",
    [
        settings("gateway"),
        settings("gateway", "claims", "event_store", auth=True),
        replace(settings("claims"), announcement=Path("/a.json"), processes_max=3, debug_ports={"Claims": 5678}),
        replace(settings("gateway"), packages=Path("/dist")),
    ],
)
def test_settings_survive_the_command_line(told: Settings) -> None:
    assert parse_settings(told.to_arguments()) == told


@pytest.mark.parametrize("listen", ["gateway", "=3", "gateway=x", "gateway="])
def test_a_socket_without_a_name_or_a_number_is_refused(listen: str) -> None:
    with pytest.raises(SystemExit):
        parse_settings(["--template", "t", "--data", "d", "--listen", listen])


def test_the_gateways_own_port_needs_every_function_and_a_services_its_own_and_who_is_asked_first() -> None:
    claims, audit, access = (
        function("Claims", "claims", HEALTH),
        function("Audit", "audit"),
        function("Access", "access"),
    )
    authorizer = Authorizer("Tokens", "Access", "TOKEN", "1.0")
    whole = template(claims, audit, access, apis={"Rest": Api("Rest", "rest", "Prod", (authorizer,))})
    assert served_functions(settings("gateway", "claims"), whole) == (claims, audit, access)
    assert served_functions(settings("claims"), whole) == [claims, access]
    skipping = template(claims, audit, replace(access, skipped_without_auth=True), apis=dict(whole.apis))
    assert served_functions(settings("claims"), skipping) == [claims]
    assert asked_authorizers(settings("claims", auth=True), skipping) == {"Access"}


def test_what_stands_beside_the_routes_answers_where_no_route_does() -> None:
    routes = function("Claims", "claims", Route("POST", "/claims-service/claims"))
    api = ApiGateway(template(routes), [routes], NobodyInvokes(), strip_base_path=False)
    application = PortApplication(api, [Page()])
    assert asked(application, "GET", "/page") == (200, "", b"the page")
    assert asked(application, "GET", "/nothing")[0] == 404
    assert asked(application, "DELETE", "/page")[:2] == (405, "GET")
    assert asked(application, "GET", "/claims-service/claims")[:2] == (405, "POST")


def test_the_gateway_tells_what_its_functions_did() -> None:
    FunctionMeasures("SeenAtTheGateway").loaded(0.2)
    api = ApiGateway(template(), [], NobodyInvokes(), strip_base_path=False)
    status, _, body = asked(PortApplication(api, [Console(template(), {}, None, None)]), "GET", "/metrics")
    assert status == 200
    assert b'lambda_cold_starts_total{function="SeenAtTheGateway"} 1.0\n' in body


def test_the_metrics_are_behind_the_guard_and_the_page_is_not() -> None:
    api = ApiGateway(template(), [], NobodyInvokes(), strip_base_path=False)
    application = PortApplication(api, [Console(template(), {}, None, None, cast(Guard, Closed()))])
    assert asked(application, "GET", "/metrics")[::2] == (401, b"who are you?")
    assert asked(application, "GET", "/")[0] == 200


def test_a_template_that_has_metrics_at_that_path_answers_them_itself() -> None:
    own = function("Own", "own", Route("GET", "/metrics"))
    api = ApiGateway(template(own), [own], Metrics(), strip_base_path=False)
    application = PortApplication(api, [Console(template(own), {}, None, None)])
    assert asked(application, "GET", "/metrics")[::2] == (200, b"those of Own")


def test_each_port_has_its_own_application() -> None:
    api = ApiGateway(template(), [], NobodyInvokes(), strip_base_path=False)
    application = ByPort({8100: PortApplication(api, [Page()]), 8101: PortApplication(api)})
    assert asked(application, "GET", "/page", 8100)[0] == 200
    assert asked(application, "GET", "/page", 8101)[0] == 404


def test_a_service_is_told_with_the_port_that_it_really_has_or_none() -> None:
    functions = function("Claims", "claims", HEALTH), function("Audit", "audit", Route("GET", "/audit-service/health"))
    services = read_services(template(*functions, function("Subscriber", "claims")), {"claims": 9009, "gateway": 1})
    assert {name: service.port for name, service in services.items()} == {"claims": 9009, "audit": None}


def test_the_paths_of_all_functions_of_a_service_can_be_linked_to() -> None:
    docs = Route("ANY", "/claims-service/docs")
    both = template(function("A", "claims", HEALTH), function("B", "claims", docs, Route("POST", "/claims-service/x")))
    assert read_services(both, {})["claims"].paths == {"/claims-service/health", "/claims-service/docs"}


def test_the_page_links_only_to_what_is_there_and_escapes_what_it_shows() -> None:
    page = render_page([SERVICE], "http://127.0.0.1:8125/", None)
    assert 'href="/claims-service/health"' in page
    assert "/claims-service/docs" not in page
    assert "The &lt;command&gt; side" in page
    assert 'href="http://127.0.0.1:8125/"' in page
    assert 'lang="fr"' in page
    assert "mis de côté" not in page
    assert 'href="/parked">Événements mis de côté</a>' in render_page([], None, "/parked")


def test_a_service_without_a_port_of_its_own_is_shown_without_one() -> None:
    assert "<code>8101</code>" in render_page([SERVICE], None, None)
    assert "<td>–</td>" in render_page([replace(SERVICE, port=None)], None, None)
