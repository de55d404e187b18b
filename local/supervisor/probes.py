"""Waiting until a process answers. Every wait lasts until it is cancelled: who waits knows how long is too long."""

import asyncio
from collections.abc import Awaitable, Callable

import psutil

WaitReady = Callable[[int], Awaitable[None]]
_RETRY_SECONDS = 0.05
_CONNECTION_SECONDS = 0.2  # looking through a process's connections costs milliseconds that a start has better use for
_ANSWER_SECONDS_MAX = 10.0


def until_true(is_ready: Callable[[], bool]) -> WaitReady:
    """Wait until a blocking question is answered with yes."""

    async def wait(_pid: int) -> None:
        while not await asyncio.to_thread(is_ready):
            await asyncio.sleep(_RETRY_SECONDS)

    return wait


def until_healthy(*ports: int) -> WaitReady:
    """Wait until `GET /health` is answered with 200 on every one of the ports.

    The supervisor holds the listening socket, so the first request waits in its queue until a process takes it.
    """

    async def wait(_pid: int) -> None:
        for port in ports:
            while not await _answers(port, _get("/health"), b" 200 "):
                await asyncio.sleep(_RETRY_SECONDS)

    return wait


def until_mail_answers(smtp_port: int, http_port: int) -> WaitReady:
    """Wait until the mail catcher greets on SMTP and answers on HTTP."""

    async def wait(_pid: int) -> None:
        while not await _answers(smtp_port, b"QUIT\r\n", b"220"):
            await asyncio.sleep(_RETRY_SECONDS)
        while not await _answers(http_port, _get("/"), b"HTTP/1."):
            await asyncio.sleep(_RETRY_SECONDS)

    return wait


def until_connected(server_port: int) -> WaitReady:
    """Wait until the process has a connection to the server at that port: how a poller shows that it polls.

    It connects after it has loaded its function, and answers nobody itself.
    """

    async def wait(pid: int) -> None:
        while not await asyncio.to_thread(_is_connected, pid, server_port):
            await asyncio.sleep(_CONNECTION_SECONDS)

    return wait


def _is_connected(pid: int, port: int) -> bool:
    try:
        connections = psutil.Process(pid).net_connections("tcp")
    except psutil.Error:
        return False
    return any(one.raddr and one.raddr.port == port and one.status == psutil.CONN_ESTABLISHED for one in connections)


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()


async def _answers(port: int, request: bytes, wanted: bytes) -> bool:
    """Send the request and look for `wanted` in the first line of the answer."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS_MAX):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(request)
                return wanted in await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
