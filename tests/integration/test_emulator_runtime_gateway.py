"""The gateway's own port: every service under its base path, a page that leads to them, and what has no port."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.emulator_process import write_project
from tests.integration.gateway.gateway_process import Gateway, eventually, is_gone

SMS_URL = "http://127.0.0.1:9/sms"
WITHOUT_PORT = """
  Aside:
    Type: AWS::Serverless::Function
    Metadata: { Recours: { Service: aside, BasePath: /aside-service } }
    Properties:
      Handler: handlers_under_test.app.handler
      Layers: [!Ref Greet]
      Events: { Health: { Type: Api, Properties: { Method: GET, Path: /aside-service/health } } }
"""


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """One that listens for the service `echo` too; a second service has no port of its own."""
    template = write_project(tmp_path)
    template.write_text(template.read_text() + WITHOUT_PORT)
    made = Gateway(template, tmp_path / "data", "echo")
    made.start(SmsUrl=SMS_URL)
    yield made
    made.close()


def test_a_function_on_the_gateways_port_is_told_the_path_with_its_base_path_and_on_its_own_without(
    gateway: Gateway,
) -> None:
    asked = [gateway.ask("/echo-service/claims/a%2Fb"), gateway.ask("/claims/a%2Fb", service="echo")]
    events = [answer.json()["event"] for answer in asked]
    assert [event["path"] for event in events] == ["/echo-service/claims/a%2Fb", "/claims/a%2Fb"]
    assert events[0]["resource"] == "/echo-service/claims/{claim_id}"
    assert asked[0].json()["pid"] == asked[1].json()["pid"]  # it is the same environment


def test_a_service_without_a_port_answers_on_the_gateways_alone(gateway: Gateway) -> None:
    assert gateway.ask("/aside-service/health").json()["name"] == "Aside"
    assert gateway.ask("/health", service="echo").json()["name"] == "Echo"
    records = gateway.records()
    assert {name: one["port"] for name, one in records.items()} == {
        "echo": gateway.port_of_service("echo"),
        "aside": None,
    }


def test_many_requests_at_once_get_their_own_answers(gateway: Gateway) -> None:
    def claim(number: int) -> object:
        event = gateway.ask(f"/echo-service/claims/claim_{number}").json()["event"]
        return event["pathParameters"]["claim_id"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(claim, range(80))) == [f"claim_{number}" for number in range(80)]


def test_a_timeout_comes_through_and_the_next_request_is_served(gateway: Gateway) -> None:
    late = gateway.ask("/echo-service/claims?sleep=30")
    assert (late.status, late.json()["detail"]) == (502, "Task timed out after 1.00 seconds")
    assert gateway.ask("/echo-service/claims").status == 200


def test_a_path_of_no_service_is_a_404_and_a_wrong_method_a_405(gateway: Gateway) -> None:
    assert gateway.ask("/claims").status == 404
    wrong = gateway.ask("/echo-service/claims", method="DELETE")
    assert (wrong.status, wrong.headers["allow"]) == (405, "GET, POST")


def test_the_front_page_leads_to_each_service_and_to_the_mail_catcher(gateway: Gateway) -> None:
    page = gateway.ask("/")
    text = page.body.decode()
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'href="/echo-service/health"' in text
    assert 'href="/aside-service/health"' in text
    assert "/echo-service/docs" not in text  # the template has no such route
    assert 'href="http://127.0.0.1:9/"' in text
    assert gateway.ask("/health").json() == {"status": "healthy", "service": "gateway"}


def test_the_front_page_stands_on_the_gateways_port_alone(gateway: Gateway) -> None:
    assert gateway.ask("/", service="echo").status == 404


def test_a_gateway_that_is_killed_takes_its_environments_along_and_the_next_one_serves_who_waited(
    gateway: Gateway,
) -> None:
    gateway.ask("/aside-service/health")
    environments = gateway.children()
    assert len(environments) == 2
    os.kill(gateway.process.pid, signal.SIGKILL)
    assert gateway.process.wait(timeout=5) == -signal.SIGKILL
    assert eventually(lambda: [pid for pid in environments if not is_gone(pid)], lambda left: not left) == []
    with ThreadPoolExecutor(1) as pool:
        waiting = gateway.asking(pool, "/echo-service/claims")
        gateway.start(SmsUrl=SMS_URL)
        assert waiting.result().json()["pid"] not in environments
