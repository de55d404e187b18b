"""A service on its own port: what its function is given, what is promised of failures, and of the process's end."""

import http.client
import json
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.emulator_process import seconds_since, write_project
from tests.integration.gateway.gateway_process import Gateway, eventually, is_gone

SERVICE = "echo"


class Running(Gateway):
    """The gateway's process with the one service alone, as a container has it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(write_project(folder), folder / "data", SERVICE)

    def start_service(self) -> None:
        self.start(listen=(SERVICE,))

    def rewrite(self, before: str, after: str) -> None:
        """Change the template."""
        self.template.write_text(self.template.read_text().replace(before, after))

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port_of_service(SERVICE)))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    gateway = Running(tmp_path)
    yield gateway
    gateway.close()


def test_a_request_reaches_the_handler_as_an_api_gateway_event(running: Running) -> None:
    running.start_service()
    answer = running.ask("/claims/a%2Fb?x=1&x=2", service=SERVICE, headers={"X-Mark": "é"})
    said = answer.json()
    event = said["event"]
    assert isinstance(event, dict)
    assert answer.status == 200
    assert (event["resource"], event["path"]) == ("/claims/{claim_id}", "/claims/a%2Fb")
    assert event["httpMethod"] == event["requestContext"]["httpMethod"] == "GET"
    assert event["requestContext"]["resourcePath"] == "/claims/{claim_id}"
    assert event["pathParameters"] == {"claim_id": "a/b"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert {name.lower(): value for name, value in event["headers"].items()}["x-mark"] == "é"
    assert (said["word"], said["name"]) == ("bonjour", "Echo")


def test_a_function_sees_its_own_variables_and_none_of_the_laptops(running: Running) -> None:
    running.start_service()
    variables = running.ask("/claims", service=SERVICE).json()["variables"]
    assert isinstance(variables, dict)
    assert variables["COLOUR"] == "blue"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "Echo"
    assert variables["TZ"] == ":UTC"
    assert variables["PROMETHEUS_MULTIPROC_DIR"] == str(running.data.metrics(SERVICE))
    assert "STRAY" not in variables
    assert not [name for name in variables if name.startswith("RECOURS_")]


@pytest.mark.parametrize("fault", ["fails", "malformed", "exits"])
def test_a_function_that_fails_is_a_502_that_tells_nothing_of_the_inside(running: Running, fault: str) -> None:
    running.start_service()
    answer = running.ask(f"/claims?do={fault}", service=SERVICE, headers={"X-Correlation-ID": "corr-1"})
    assert answer.status == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["correlation_id"] == "corr-1"
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body
    assert "corr-1" in running.log_file.read_text()
    assert running.ask("/health", service=SERVICE).status == 200


def test_what_a_function_raised_stands_in_its_own_log(running: Running) -> None:
    running.start_service()
    running.ask("/claims?do=fails", service=SERVICE)
    assert "ValueError" in running.log("echo")
    assert "a secret of the inside" in running.log("echo")
    assert "a secret" not in running.log_file.read_text()


def test_a_handler_may_run_an_event_loop_of_its_own(running: Running) -> None:
    running.start_service()
    assert running.ask("/claims?do=has_its_own_loop", service=SERVICE).body == b"looped"


def test_a_path_without_a_route_is_a_404_and_another_method_a_405(running: Running) -> None:
    running.start_service()
    assert running.ask("/nothing", service=SERVICE).status == 404
    assert running.ask("/echo-service/claims", service=SERVICE).status == 404  # that is the gateway's port
    wrong = running.ask("/claims", service=SERVICE, method="DELETE")
    assert (wrong.status, wrong.headers["allow"]) == (405, "GET, POST")


def test_a_body_over_ten_megabytes_is_refused(running: Running) -> None:
    running.start_service()
    with running.connect() as client:
        client.sendall(b"POST /claims HTTP/1.1\r\nHost: x\r\nContent-Length: 10485761\r\n\r\n{")
        assert client.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_body_sent_in_chunks_is_read_whole(running: Running) -> None:
    running.start_service()
    connection = http.client.HTTPConnection("127.0.0.1", running.port_of_service(SERVICE), timeout=20)
    connection.request("POST", "/claims", iter([b'{"a":', b'"\xc3\xa9"}']), {"Content-Type": "application/json"})
    assert json.loads(connection.getresponse().read())["event"]["body"] == '{"a":"é"}'
    connection.close()


def test_sigterm_lets_the_invocation_in_flight_finish(running: Running) -> None:
    running.start_service()
    running.ask("/health", service=SERVICE)
    with ThreadPoolExecutor(1) as pool:
        in_flight = pool.submit(running.ask, "/claims?sleep=0.8", service=SERVICE)
        assert eventually(lambda: running.invocations("echo"), lambda begun: begun == 2) == 2
        running.process.send_signal(signal.SIGTERM)
        assert in_flight.result().status == 200
    assert running.process.wait(timeout=5) == 0


def test_sigterm_cuts_an_invocation_that_does_not_finish_within_five_seconds(running: Running) -> None:
    running.rewrite("Timeout: 1", "Timeout: 60")
    running.start_service()
    running.ask("/health", service=SERVICE)
    (environment,) = running.children()
    with running.connect() as client:
        client.sendall(b"GET /claims?sleep=50 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert eventually(lambda: running.invocations("echo"), lambda begun: begun == 2) == 2
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=10) == 0
    assert is_gone(environment)


def test_sigterm_ends_an_idle_process_and_its_environments_at_once(running: Running) -> None:
    running.start_service()
    running.ask("/health", service=SERVICE)
    (environment,) = running.children()
    began_s = time.monotonic()
    running.process.terminate()
    assert running.process.wait(timeout=5) == 0
    assert seconds_since(began_s) < 2
    assert is_gone(environment)


def test_sigterm_before_the_function_is_loaded_ends_the_process_too(running: Running) -> None:
    (running.template.parent / "handlers_under_test/app.py").write_text("import time\ntime.sleep(30)\n")
    running.start_service()
    (environment,) = eventually(running.children, bool)
    running.process.terminate()
    assert running.process.wait(timeout=5) == 0
    assert is_gone(environment)


def test_a_handler_that_is_not_there_ends_the_process_and_says_why(running: Running) -> None:
    running.rewrite("app.handler", "app.absent")
    running.start_service()
    assert running.process.wait(timeout=20) == 1
    assert "Handler 'absent' missing on module 'handlers_under_test.app'" in running.log_file.read_text()


def test_a_template_that_cannot_be_run_ends_the_process_and_says_why(running: Running) -> None:
    running.rewrite("Timeout: 1", "Timeout: soon")
    running.start_service()
    assert running.process.wait(timeout=20) == 1
    assert "the template cannot be run" in running.log_file.read_text()
    assert "Timeout" in running.log_file.read_text()
