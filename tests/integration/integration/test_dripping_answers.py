"""Answers that come a byte at a time: whatever part of them drips, an attempt has an end."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from functions.integration.upstream.errors import UpstreamUnavailableError
from functions.integration.upstream.http_system import HttpSystem
from functions.integration.upstream.patience import Patience

PATIENCE = Patience(connect_s=1.0, read_s=5.0, total_s=0.6, attempts=1)
DRIP_S = 0.1
DRIPPED_S = 20.0  # far longer than anybody waits
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

DRIPS = {
    "in its headers": (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"),
    "before its headers": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "in its body": (HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
    "in the size of a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
}


@pytest.fixture(params=[*DRIPS.values()], ids=[*DRIPS])
def dripping(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a server drips."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            begin, drop = request.param
            connection.sendall(begin)
            until = time.monotonic() + DRIPPED_S
            try:
                while not stop.wait(DRIP_S) and time.monotonic() < until:
                    connection.sendall(drop)
            except OSError:  # whoever asked has hung up, as it should
                return

    thread = threading.Thread(target=drip)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    stop.set()
    thread.join()
    listener.close()


def test_an_answer_that_drips_is_given_up_while_it_still_does(dripping: str) -> None:
    system = HttpSystem(dripping, "orders")
    with pytest.raises(UpstreamUnavailableError, match="in time"):
        system.find("1", PATIENCE)
