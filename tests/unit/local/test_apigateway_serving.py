"""What reaches the applications of the HTTP server, byte by byte as a client sends it."""

import asyncio
import json
import socket

import pytest

from local.apigateway.requests import Receive, Scope, Send, read_request
from local.apigateway.serving import HEAD_BYTES_MAX, InheritedSocketServer

UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"


async def tell(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the request's header names and its body."""
    request = await read_request(scope, receive)
    told = {"headers": [name.decode() for name, _ in request.headers], "body": request.body.decode()}
    answer = json.dumps(told).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(answer))]})
    await send({"type": "http.response.body", "body": answer})


def answers(*parts: bytes) -> list[tuple[int, dict[str, list[str] | str]]]:
    """The status and what `tell` told of each request on one connection. The parts are sent one after the other."""
    head_and_body = asyncio.run(_exchange(parts)).split(b"HTTP/1.1 ")[1:]
    found = []
    for answer in head_and_body:
        head, _, body = answer.partition(b"\r\n\r\n")
        found.append((int(head[:3]), json.loads(body) if head.startswith(b"200") else {}))
    return found


async def _exchange(parts: tuple[bytes, ...]) -> bytes:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = InheritedSocketServer(tell, listener)
        serving = asyncio.create_task(server.serve())
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.05)
        received = await reader.read()
        writer.close()
        server.stop()
        await serving
        return received


def test_a_header_after_the_body_is_not_one_of_the_request() -> None:
    chunked = b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\nAuthorization: Bearer x\r\n\r\n"
    ((status, told),) = answers(b"POST / HTTP/1.1\r\nHost: x\r\n" + chunked)
    assert (status, told) == (200, {"headers": ["host", "transfer-encoding", "connection"], "body": "{}"})


@pytest.mark.parametrize("split", [False, True])
def test_a_client_that_asks_for_http_2_goes_on_in_http_1_with_its_body(split: bool) -> None:
    head, body = b"POST / HTTP/1.1\r\nHost: x\r\n" + UPGRADE + b"Content-Length: 11\r\n\r\n", b"\nUpgrade: no"[:11]
    end = b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
    first, second = answers(head, body, end) if split else answers(head + body, end)
    assert first == (
        200,
        {"headers": ["host", "connection", "http2-settings", "content-length"], "body": "\nUpgrade: n"},
    )
    assert second == (200, {"headers": ["connection"], "body": ""})


def test_a_head_without_end_is_refused() -> None:
    parts = [b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ", *[b"a" * 100_000] * (HEAD_BYTES_MAX // 100_000 + 1)]
    assert answers(*parts) == [(400, {})]


def test_requests_in_a_row_are_each_their_own() -> None:
    one = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-A: b\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nX-Last: y\r\nConnection: close\r\n\r\n"
    told = [said["headers"] for _, said in answers(one + one + last)]
    assert told == [["host", "transfer-encoding"], ["host", "transfer-encoding"], ["x-last", "connection"]]
