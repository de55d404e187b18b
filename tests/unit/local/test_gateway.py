"""What the gateway sends on, what it sends back, and what its page shows."""

from pathlib import Path

import pytest

from local.apigateway.answers import HttpAnswer
from local.apigateway.requests import HttpRequest
from local.gateway.forward import forwarded, returned
from local.gateway.page import render_page
from local.gateway.services import Service, read_services
from local.template import Function, Route, Template, TemplateError

SERVICE = Service("claims", "/claims-service", 8101, "The <command> side", frozenset({"/claims-service/health"}))


def request(path: str, query: str = "", headers: list[tuple[bytes, bytes]] | None = None, body: bytes = b"") -> bytes:
    asked = HttpRequest("POST", path, query, headers or [], body, "10.0.0.9", 8100, "HTTP/1.1")
    return forwarded(asked, SERVICE)


def function(port: int | None) -> Function:
    route = Route("GET", "/claims-service/health")
    return Function(
        "F", "a.b", "claims", port, "/claims-service", 1, 3, 128, {}, (), Path(), (route, Route("POST", "/x")), None
    )


def test_the_base_path_goes_into_a_header_that_no_client_can_forge() -> None:
    raw = request("/claims-service/claims", "a=1", [(b"x-forwarded-prefix", b"/forged"), (b"host", b"h")], b"{}")
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"POST /claims?a=1 HTTP/1.1",
        b"host: h",
        b"x-forwarded-for: 10.0.0.9",
        b"x-forwarded-prefix: /claims-service",
        b"content-length: 2",
    ]
    assert body == b"{}"


def test_a_base_path_alone_is_the_services_root() -> None:
    assert request("/claims-service").startswith(b"POST / HTTP/1.1\r\n")


def test_headers_of_one_connection_stay_on_it() -> None:
    raw = request("/claims-service/x", headers=[(b"connection", b"close"), (b"transfer-encoding", b"chunked")])
    assert b"connection" not in raw
    assert b"chunked" not in raw
    answer = returned(HttpAnswer(200, [(b"transfer-encoding", b"chunked"), (b"etag", b'"1"')], b"x"))
    assert answer.headers == [(b"etag", b'"1"')]


def test_the_supervisors_port_goes_before_the_templates() -> None:
    template = Template(Path(), "", (function(8101),), ())
    assert read_services(template, {"claims": 9009})["claims"].port == 9009
    assert read_services(template, {})["claims"].port == 8101


def test_a_service_without_a_port_is_refused_by_name() -> None:
    with pytest.raises(TemplateError, match="RECOURS_PORTS has no port for the service claims"):
        read_services(Template(Path(), "", (function(None),), ()), {})


def test_the_page_links_only_to_what_is_there_and_escapes_what_it_shows() -> None:
    page = render_page([SERVICE], "http://127.0.0.1:8125/", None)
    assert 'href="/claims-service/health"' in page
    assert "/claims-service/docs" not in page
    assert "The &lt;command&gt; side" in page
    assert 'href="http://127.0.0.1:8125/"' in page
    assert 'lang="fr"' in page
    assert "mis de côté" not in page
    assert 'href="/parked">Événements mis de côté</a>' in render_page([], None, "/parked")
