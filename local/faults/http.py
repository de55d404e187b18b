"""Faults around the answering of an HTTP request."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from local.apigateway.answers import send_answer
from local.apigateway.problems import refused
from local.apigateway.requests import Message, Receive, Scope, Send
from local.apigateway.serving import Application, InheritedSocketServer
from local.faults.dice import Dice

# The supervisor asks it whether the process is there at all, which is not what the faults are about.
HEALTH = "/health"


class FaultyApplication:
    """An ASGI application around another. `hang_up` closes a request's connection."""

    def __init__(self, application: Application, dice: Dice, hang_up: Callable[[Scope], None]) -> None:
        self._application = application
        self._dice = dice
        self._close = hang_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or do worse. The kinds are asked in the order in which a request would meet them."""
        if scope["path"].endswith(HEALTH):
            await self._application(scope, receive, send)
            return
        drop = self._dice.strike("drop")
        if drop and drop.detail == "request":
            await self._hang_up(scope, receive)
            return
        if delay := self._dice.strike("delay"):
            await asyncio.sleep(int(delay.detail) / 1000)
        if throttle := self._dice.strike("throttle"):
            detail = "Too many requests (a fault that was asked for)"
            answer = refused(scope, HTTPStatus.TOO_MANY_REQUESTS, detail, {"retry-after": throttle.detail})
            await send_answer(answer, send)
            return
        if drop:
            await self._application(scope, receive, _into_nowhere)
            await self._hang_up(scope, receive)
            return
        await self._application(scope, receive, send)

    async def _hang_up(self, scope: Scope, receive: Receive) -> None:
        """Close the request's connection without a word, and return once the server knows."""
        self._close(scope)
        while (await receive())["type"] != "http.disconnect":
            pass


def hang_up(server: InheritedSocketServer, scope: Scope) -> None:
    """Close the connection that a request came over; what was written to it and not sent yet is lost."""
    for connection in list(server.server_state.connections):
        assert isinstance(connection, HttpToolsProtocol)  # the server makes no other
        if connection.client == scope["client"] and connection.transport is not None:
            connection.transport.abort()


async def _into_nowhere(_: Message) -> None:
    """An answer that nobody gets."""
