"""What the observer answers."""

import json
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from local.observing.answering import Server, handler_of
from local.observing.history import Recorder
from local.observing.series import History, Sample
from metrics.exposition import Exposition

SAMPLES = [Sample(10.0, {"a": 1.0}), Sample(12.0, {"a": 2.0})]


@pytest.fixture
def asking() -> Iterator[HTTPConnection]:
    """A connection to an observer that has looked twice."""
    recorder = Recorder(10.0, 2.0)
    for sample in SAMPLES:
        recorder.add(sample)
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(listener, handler_of(recorder, lambda accept: Exposition(f"as {accept}\n", "text/tried")))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    connection = HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=10)
    yield connection
    connection.close()
    server.shutdown()
    thread.join()
    server.server_close()


def answered(asking: HTTPConnection, path: str, accept: str = "") -> tuple[int, bytes]:
    asking.request("GET", path, headers={"Accept": accept})
    answer = asking.getresponse()
    return answer.status, answer.read()


def test_the_history_is_told_whole_or_from_a_moment_on(asking: HTTPConnection) -> None:
    for path, expected in (
        ("/history", SAMPLES),
        ("/history?since=11", SAMPLES[1:]),
        ("/history?since=13", []),
        ("/history?seconds=1e12", SAMPLES),
        ("/history?seconds=900", []),  # they are of 1970
    ):
        status, body = answered(asking, path)
        assert status == 200
        assert list(History.from_answer(json.loads(body)).samples) == expected


def test_health_and_metrics_are_told_as_everywhere(asking: HTTPConnection) -> None:
    assert answered(asking, "/health")[0] == 200
    assert answered(asking, "/metrics", "application/tried") == (200, b"as application/tried\n")


@pytest.mark.parametrize(
    ("path", "status"), [("/history?since=yesterday", 422), ("/history?seconds=nan", 422), ("/", 404)]
)
def test_what_there_is_not_is_refused_with_a_reason(asking: HTTPConnection, path: str, status: int) -> None:
    told, body = answered(asking, path)
    assert told == status
    assert json.loads(body)["error"]
