"""The gateway as a real process, before a real environment."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.emulator_process import ask, end, listening, port_of, start, write_project


class Behind:
    """A gateway and, once started, the one service behind it."""

    def __init__(self, folder: Path) -> None:
        self.template = write_project(folder)
        self.front, self.service = listening(), listening()
        self.log = folder / "log"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start_gateway(self, service_port: int | None = None) -> int:
        variables = {
            "RECOURS_PORTS": json.dumps({"echo": service_port or port_of(self.service)}),
            "RECOURS_PARAMETERS": json.dumps({"SmsUrl": "http://127.0.0.1:9/sms"}),
        }
        arguments = ["--template", str(self.template), "--fd", str(self.front.fileno())]
        self.processes.append(start("local.gateway", arguments, [self.front], variables, self.log))
        return port_of(self.front)

    def start_service(self) -> None:
        arguments = ["--template", str(self.template), "--function", "Echo", "--fd", str(self.service.fileno())]
        self.processes.append(start("local.environment", arguments, [self.service], stderr=self.log))


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Behind]:
    system = Behind(tmp_path)
    yield system
    codes = [end(process) for process in system.processes if process.poll() is None]
    system.front.close()
    system.service.close()
    assert all(code == 0 for code in codes)


def test_a_route_is_forwarded_without_its_base_path(behind: Behind) -> None:
    behind.start_service()
    port = behind.start_gateway()
    answer = ask(port, "/echo-service/claims/a%2Fb?x=1&x=2", headers={"X-Forwarded-Prefix": "/forged"})
    event = answer.json()["event"]
    assert isinstance(event, dict)
    assert event["path"] == "/claims/a%2Fb"
    assert event["multiValueHeaders"]["x-forwarded-prefix"] == ["/echo-service"]
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}


def test_a_body_is_forwarded_whole(behind: Behind) -> None:
    behind.start_service()
    port = behind.start_gateway()
    body = "é".encode() * 500_000
    event = ask(port, "/echo-service/claims", "POST", body, {"Content-Type": "text/plain"}).json()["event"]
    assert isinstance(event, dict)
    assert event["body"] == body.decode()


def test_many_requests_share_connections_and_get_their_own_answers(behind: Behind) -> None:
    behind.start_service()
    port = behind.start_gateway()
    for number in range(50):
        event = ask(port, f"/echo-service/claims/claim_{number}").json()["event"]
        assert isinstance(event, dict)
        assert event["pathParameters"] == {"claim_id": f"claim_{number}"}


def test_a_service_that_is_not_running_is_a_503_that_says_when_to_come_back(behind: Behind) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed_port = port_of(nobody)
    port = behind.start_gateway(closed_port)
    answer = ask(port, "/echo-service/claims", headers={"X-Correlation-ID": "corr-3"})
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["correlation_id"] == "corr-3"
    assert "echo" in str(answer.json()["detail"])


def test_a_service_that_breaks_off_is_a_502(behind: Behind) -> None:
    def break_off() -> None:
        connection, _ = behind.service.accept()
        connection.recv(4096)
        connection.close()

    breaker = threading.Thread(target=break_off)
    breaker.start()
    answer = ask(behind.start_gateway(), "/echo-service/claims", "POST", b"{}")
    breaker.join()
    assert (answer.status, answer.headers["retry-after"]) == (502, "1")


def test_a_timeout_comes_through_and_the_next_environment_is_reached(behind: Behind) -> None:
    behind.start_service()
    port = behind.start_gateway()
    assert ask(port, "/echo-service/claims?sleep=30").json()["detail"] == "Task timed out after 1.00 seconds"
    behind.processes[0].wait(timeout=5)
    behind.start_service()
    assert ask(port, "/echo-service/claims").status == 200


def test_a_path_of_no_service_is_a_404_and_a_wrong_method_a_405(behind: Behind) -> None:
    port = behind.start_gateway()
    assert ask(port, "/claims").status == 404
    wrong = ask(port, "/echo-service/claims", "DELETE")
    assert (wrong.status, wrong.headers["allow"]) == (405, "GET, POST")


def test_the_front_page_leads_to_each_service_and_to_the_mail_catcher(behind: Behind) -> None:
    port = behind.start_gateway()
    page = ask(port, "/")
    text = page.body.decode()
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'href="/echo-service/health"' in text
    assert "/echo-service/docs" not in text  # the template has no such route
    assert 'href="http://127.0.0.1:9/"' in text
    assert ask(port, "/health").json() == {"status": "healthy", "service": "gateway"}
