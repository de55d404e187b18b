"""What a service may be told to do instead of answering. In memory: a process that starts again is well."""

import asyncio
from collections.abc import Callable
from itertools import cycle

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, JSONResponse, Response

from local.apigateway.requests import Receive, Scope, Send
from local.apigateway.serving import Application
from local.lab6.modes import DELAY_MS_DEFAULT, DELAY_MS_MAX, Mode

CONTROL = "/_faults"


class Faults(BaseModel):
    """How a service behaves: `GET` and `PUT /_faults`.

    up: as it should · down: closes each connection without an answer · slow: answers after `delay_ms` · error: HTTP
    500 · garbage: 200 with something else than what was asked for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    mode: Mode
    delay_ms: int = Field(default=DELAY_MS_DEFAULT, ge=0, le=DELAY_MS_MAX)


class FaultyService:
    """An ASGI application around another. `hang_up` closes a request's connection.

    Health suffers like everything else, for who asks is to believe it; only the control always answers.
    """

    def __init__(self, application: Application, hang_up: Callable[[Scope], None]) -> None:
        self.faults = Faults(mode="up")
        self._application = application
        self._hang_up = hang_up
        self._garbage = cycle((_not_json, _another_shape))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or do worse."""
        faults = Faults(mode="up") if scope["path"] == CONTROL else self.faults
        match faults.mode:
            case "up":
                await self._application(scope, receive, send)
            case "slow":
                await asyncio.sleep(faults.delay_ms / 1000)
                await self._application(scope, receive, send)
            case "down":
                await self._close(scope, receive)
            case "error":
                await JSONResponse({"detail": "Internal Server Error"}, 500)(scope, receive, send)
            case "garbage":
                await next(self._garbage)()(scope, receive, send)

    async def _close(self, scope: Scope, receive: Receive) -> None:
        """Close the connection without a word, and return once the server knows."""
        self._hang_up(scope)
        while (await receive())["type"] != "http.disconnect":
            pass


def _not_json() -> Response:
    """What a proxy says while the service behind it is moved."""
    return HTMLResponse("<!doctype html><title>Maintenance</title><p>Le service est en maintenance.</p>")


def _another_shape() -> Response:
    """JSON, but nothing that has an id or a list in it."""
    return JSONResponse({"result": ["ok", None, 0], "version": {"id": "v2-beta"}})
