"""One service's HTTP side, as the real ones have it: FastAPI's errors, documents by number, pages by offset."""

from collections.abc import Sequence

import orjson
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.apigateway.serving import InheritedSocketServer, inherited
from local.faults.http import hang_up
from local.lab6.faults import CONTROL, Faults, FaultyService
from local.lab6.integers import InvalidIntegerError, integer
from local.lab6.records import Records

LIMIT_DEFAULT, LIMIT_MAX = 100, 1_000


class Service:
    """The handlers of one service, its faults and its server."""

    def __init__(self, records: Records, fd: int) -> None:
        self._records = records
        self._faulty = FaultyService(self._application(), lambda scope: hang_up(self.server, scope))
        self.server = InheritedSocketServer(self._faulty, inherited(fd))

    def _application(self) -> Starlette:
        path = f"/api/v1/{self._records.name}"
        routes = [
            Route(path, self.page, methods=["GET"]),
            Route(f"{path}/{{number}}", self.one, methods=["GET"]),
            Route("/health", self.health, methods=["GET"]),
            Route(CONTROL, self.read_faults, methods=["GET"]),
            Route(CONTROL, self.set_faults, methods=["PUT"]),
        ]
        handlers = {HTTPException: _on_http_error, InvalidIntegerError: _on_invalid_integer}
        application = Starlette(routes=routes, exception_handlers=handlers)
        application.router.redirect_slashes = False
        return application

    async def one(self, request: Request) -> Response:
        """`GET /api/v1/orders/{id}`: 404 for a number that nothing has, 422 for what is no number."""
        number = integer(request.path_params["number"], ("path", f"{self._records.singular}_id"))
        document = self._records.one(number)
        if document is None:
            raise HTTPException(404, f"{self._records.singular.capitalize()} {number} not found")
        return _json(document)

    async def page(self, request: Request) -> Response:
        """`GET /api/v1/orders?limit=&offset=`: `{orders, total, limit, offset}`."""
        limit = _query(request, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX)
        offset = _query(request, "offset", 0, 0)
        found = self._records.page(limit, offset)
        return _json({self._records.name: found, "total": self._records.count, "limit": limit, "offset": offset})

    async def health(self, _request: Request) -> Response:
        """`GET /health`."""
        return _json({"status": "healthy", "service": self._records.name})

    async def read_faults(self, _request: Request) -> Response:
        """`GET /_faults`: `{mode, delay_ms}`."""
        return _json(self._faulty.faults.model_dump())

    async def set_faults(self, request: Request) -> Response:
        """`PUT /_faults` `{mode, delay_ms}`: holds from the next request on. Returns what now holds."""
        try:
            self._faulty.faults = Faults.model_validate_json(await request.body())
        except ValidationError as error:
            return _invalid([_shown(one["type"], ("body", *one["loc"]), one["msg"]) for one in error.errors()])
        return await self.read_faults(request)


def _query(request: Request, name: str, default: int, least: int, most: int | None = None) -> int:
    text = request.query_params.get(name)
    return default if text is None else integer(text, ("query", name), least, most)


async def _on_http_error(_request: Request, error: Exception) -> Response:
    """What Starlette or a handler refused."""
    assert isinstance(error, HTTPException)
    response = _json({"detail": error.detail}, error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _on_invalid_integer(_request: Request, error: Exception) -> Response:
    assert isinstance(error, InvalidIntegerError)
    return _invalid([_shown(error.kind, error.place, str(error))])


def _shown(kind: str, place: Sequence[str | int], message: str) -> dict[str, object]:
    return {"type": kind, "loc": list(place), "msg": message}


def _invalid(errors: list[dict[str, object]]) -> Response:
    return _json({"detail": errors}, 422)


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
