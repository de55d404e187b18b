"""A service as the gateway sees it: a port, and the connections to it that are free."""

import asyncio

from local.apigateway.answers import HttpAnswer
from local.gateway.connection import ConnectionBrokenError, UpstreamConnection

CONNECT_TIMEOUT_S = 2.0
# API Gateway's limit on an integration.
ANSWER_TIMEOUT_S = 29.0
FREE_MAX = 64
# A repeat of these changes nothing, so that one lost on a connection that was closing may be sent again.
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class Upstream:
    """Sends requests to one service on this machine."""

    def __init__(self, port: int, *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self.port = port
        self._answer_timeout_s = answer_timeout_s
        self._free: list[UpstreamConnection] = []

    async def send(self, method: str, request: bytes) -> HttpAnswer:
        """Send a whole request and return its answer.

        Raises ConnectionRefusedError (nobody listens), ConnectionBrokenError, TimeoutError.
        """
        connection = self._take() or await self._connect()
        try:
            return await self._exchange(connection, method, request)
        except ConnectionBrokenError as error:
            if error.begun or not connection.used or method not in REPEATABLE:
                raise
        return await self._exchange(await self._connect(), method, request)

    async def _exchange(self, connection: UpstreamConnection, method: str, request: bytes) -> HttpAnswer:
        answer = await connection.exchange(request, is_head=method == "HEAD", timeout_s=self._answer_timeout_s)
        if connection.usable and len(self._free) < FREE_MAX:
            self._free.append(connection)
        return answer

    def _take(self) -> UpstreamConnection | None:
        while self._free:
            connection = self._free.pop()
            if connection.usable:
                return connection
        return None

    async def _connect(self) -> UpstreamConnection:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            _, connection = await loop.create_connection(UpstreamConnection, "127.0.0.1", self.port)
        return connection
