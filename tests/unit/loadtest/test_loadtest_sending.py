"""A command is repeated under its key until it is acknowledged, and no longer than that makes sense."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from local.loadtest.connection import Connection
from local.loadtest.scenario import LoadedClaim, next_command
from local.loadtest.sending import GaveUpError, send
from local.loadtest.tally import Tally

COMMAND = next_command(LoadedClaim("run", 1))
CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 0\r\n\r\n"
REFUSED = b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\nno"
BREAK = b""


class Server:
    """Gives one answer a request, in order; BREAK ends the connection instead. Keeps the requests."""

    def __init__(self, answers: Sequence[bytes]) -> None:
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()
        self.requests: list[bytes] = []

    def run(self) -> None:
        while self._answers:
            accepted, _ = self._listener.accept()
            with accepted:
                self._serve(accepted)

    def close(self) -> None:
        self._listener.close()

    def _serve(self, accepted: socket.socket) -> None:
        while self._answers and (request := accepted.recv(65_536)):
            self.requests.append(request)
            answer = self._answers.pop(0)
            if answer == BREAK:
                return
            accepted.sendall(answer)


@contextmanager
def serving(*answers: bytes) -> Iterator[tuple[Server, Connection]]:
    server = Server(answers)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    connection = Connection(server.address, seconds_max=5)
    try:
        yield server, connection
    finally:
        connection.close()
        thread.join(5)
        server.close()


def tally() -> Tally:
    return Tally(lambda _count: None)


def test_what_is_not_possible_now_is_repeated_under_the_same_key() -> None:
    counted = tally()
    with serving(BUSY, BREAK, CREATED) as (server, connection):
        assert send(connection, COMMAND, counted).status == 201
    keys = {request.split(b"Idempotency-Key: ")[1].split(b"\r\n")[0] for request in server.requests}
    assert keys == {COMMAND.key.encode()}
    assert len(server.requests) == 3
    assert (counted.errors, counted.retries) == ({"503": 1, "connection": 1}, 2)
    assert len(counted.command_seconds) == 1


def test_what_is_refused_is_not_repeated() -> None:
    counted = tally()
    with serving(REFUSED) as (server, connection), pytest.raises(GaveUpError, match="answered 409: no"):
        send(connection, COMMAND, counted)
    assert len(server.requests) == 1
    assert counted.command_seconds == []


def test_nobody_waits_for_ever() -> None:
    with serving(BUSY) as (_, connection), pytest.raises(GaveUpError, match="was not acknowledged within 0 s"):
        send(connection, COMMAND, tally(), seconds_max=0)


def test_the_connection_is_kept_between_requests() -> None:
    with serving(CREATED, CREATED) as (_, connection):
        first, second = (connection.request("GET", "/") for _ in range(2))
    assert first.body == second.body == b"{}"
