"""An execution environment as a real process: what is promised of timeouts, of signals, of one at a time."""

import http.client
import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.emulator_process import Answer, ask, end, listening, port_of, seconds_since, start, write_project


class Running:
    """One environment of the function `Echo`, and what it logs."""

    def __init__(self, folder: Path) -> None:
        self.template = write_project(folder)
        self.listener = listening()
        self.port = port_of(self.listener)
        self.log = folder / "log"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, name: str = "Echo") -> subprocess.Popen[bytes]:
        arguments = ["--template", str(self.template), "--function", name, "--fd", str(self.listener.fileno())]
        process = start(
            "local.environment", arguments, [self.listener], {"RECOURS_PARAMETERS": "{}", "STRAY": "x"}, self.log
        )
        self.processes.append(process)
        return process

    def ask(self, path: str, **more: object) -> Answer:
        return ask(self.port, path, **more)  # type: ignore[arg-type]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    environment = Running(tmp_path)
    yield environment
    for process in environment.processes:
        if process.poll() is None:
            process.kill()
        process.wait()
    environment.listener.close()


def test_a_request_reaches_the_handler_as_an_api_gateway_event(running: Running) -> None:
    running.start()
    answer = running.ask("/claims/a%2Fb?x=1&x=2", headers={"X-Forwarded-Prefix": "/echo-service"})
    said = answer.json()
    event = said["event"]
    assert isinstance(event, dict)
    assert answer.status == 200
    assert (event["resource"], event["httpMethod"]) == ("/claims/{claim_id}", "GET")
    assert event["requestContext"]["resourcePath"] == "/claims/{claim_id}"
    assert event["pathParameters"] == {"claim_id": "a/b"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["headers"]["x-forwarded-prefix"] == "/echo-service"
    assert (said["word"], said["name"]) == ("bonjour", "Echo")


def test_a_function_sees_its_own_variables_and_none_of_the_laptops(running: Running) -> None:
    running.start()
    variables = running.ask("/claims").json()["variables"]
    assert isinstance(variables, dict)
    assert variables["COLOUR"] == "blue"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "Echo"
    assert variables["TZ"] == ":UTC"
    assert "STRAY" not in variables
    assert "RECOURS_PARAMETERS" not in variables


@pytest.mark.parametrize("fault", ["fails", "malformed", "exits"])
def test_a_function_that_fails_is_a_502_that_tells_nothing_of_the_inside(running: Running, fault: str) -> None:
    process = running.start()
    answer = running.ask(f"/claims?do={fault}", headers={"X-Correlation-ID": "corr-1"})
    assert answer.status == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["correlation_id"] == "corr-1"
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body
    assert "corr-1" in running.log.read_text()
    assert running.ask("/health").status == 200
    assert process.poll() is None


def test_a_handler_may_run_an_event_loop_of_its_own(running: Running) -> None:
    running.start()
    assert running.ask("/claims?do=has_its_own_loop").body == b"looped"


def test_a_path_without_a_route_is_a_404_and_another_method_a_405(running: Running) -> None:
    running.start()
    assert running.ask("/nothing").status == 404
    wrong = running.ask("/claims", method="DELETE")
    assert (wrong.status, wrong.headers["allow"]) == (405, "GET, POST")


def test_a_body_over_ten_megabytes_is_refused(running: Running) -> None:
    running.start()
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        client.sendall(b"POST /claims HTTP/1.1\r\nHost: x\r\nContent-Length: 10485761\r\n\r\n{")
        assert client.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_body_sent_in_chunks_is_read_whole(running: Running) -> None:
    running.start()
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    connection.request("POST", "/claims", iter([b'{"a":', b'"\xc3\xa9"}']), {"Content-Type": "application/json"})
    assert json.loads(connection.getresponse().read())["event"]["body"] == '{"a":"é"}'
    connection.close()


def test_one_environment_runs_one_invocation_at_a_time(running: Running) -> None:
    running.start()
    running.ask("/health")
    began_s = time.monotonic()
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(running.ask, ["/claims?sleep=0.3"] * 3))
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert seconds_since(began_s) >= 0.9
    # Each begins with its whole time: to have waited for its turn costs it nothing.
    assert all(int(str(answer.json()["began_ms"])) > 650 for answer in answers)


def test_two_environments_of_one_socket_share_the_work(running: Running) -> None:
    running.start()
    running.start()
    with ThreadPoolExecutor(8) as pool:
        pids = {str(a.json()["pid"]) for a in pool.map(running.ask, ["/claims?sleep=0.3"] * 8)}
    assert len(pids) == 2


def test_a_timeout_is_a_502_in_lambdas_words_and_ends_the_environment(running: Running) -> None:
    process = running.start()
    running.ask("/health")
    began_s = time.monotonic()
    answer = running.ask("/claims?sleep=30", headers={"X-Correlation-ID": "corr-2"})
    assert 1.0 <= seconds_since(began_s) < 2.5
    assert answer.status == 502
    assert answer.json()["detail"] == "Task timed out after 1.00 seconds"
    assert answer.json()["correlation_id"] == "corr-2"
    assert process.wait(timeout=5) == 1
    assert "time.sleep" in running.log.read_text()


def test_who_waited_behind_a_timeout_is_told_to_come_back(running: Running) -> None:
    running.start()
    waiting = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    waiting.request("GET", "/health")
    waiting.getresponse().read()
    stuck = threading.Thread(target=running.ask, args=("/claims?sleep=30",))
    stuck.start()
    time.sleep(0.4)
    waiting.request("GET", "/claims")
    response = waiting.getresponse()
    assert (response.status, response.getheader("retry-after")) == (503, "1")
    stuck.join()


def test_who_had_not_been_accepted_at_a_timeout_is_served_by_the_next_environment(running: Running) -> None:
    process = running.start()
    running.ask("/health")
    with ThreadPoolExecutor(2) as pool:
        stuck = pool.submit(running.ask, "/claims?sleep=30")
        time.sleep(0.4)
        patient = pool.submit(running.ask, "/health")
        assert stuck.result().status == 502
        process.wait(timeout=5)
        running.start()
        assert patient.result().status == 200


def test_sigterm_lets_the_invocation_in_flight_finish(running: Running) -> None:
    process = running.start()
    running.ask("/health")
    with ThreadPoolExecutor(1) as pool:
        in_flight = pool.submit(running.ask, "/claims?sleep=0.8")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert in_flight.result().status == 200
    assert process.wait(timeout=5) == 0


def test_sigterm_cuts_an_invocation_that_does_not_finish_within_five_seconds(running: Running) -> None:
    running.template.write_text(running.template.read_text().replace("Timeout: 1", "Timeout: 60"))
    process = running.start()
    running.ask("/health")
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        client.sendall(b"GET /claims?sleep=50 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5.5) == 1
    assert "cut" in running.log.read_text()


def test_sigterm_ends_an_idle_environment_at_once(running: Running) -> None:
    process = running.start()
    running.ask("/health")
    began_s = time.monotonic()
    assert end(process) == 0
    assert seconds_since(began_s) < 2


def test_a_handler_that_is_not_there_ends_the_process_and_says_why(running: Running) -> None:
    running.template.write_text(running.template.read_text().replace("app.handler", "app.absent"))
    assert running.start().wait(timeout=20) == 1
    assert "Runtime.HandlerNotFound" in running.log.read_text()


def test_an_unknown_function_ends_the_process_and_names_those_there_are(running: Running) -> None:
    assert running.start("Nothing").wait(timeout=20) == 1
    assert "it has: Echo" in running.log.read_text()
