"""The routes of the parked events, beside those of the template. What answers them is loaded at the first request."""

import asyncio
from collections.abc import Mapping
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from local.apigateway.answers import HttpAnswer
from local.apigateway.requests import HttpRequest
from local.paths import put_layers_on_path
from local.template import Template

if TYPE_CHECKING:
    from local.gateway.parked_api import ParkedApi


class ParkedOperation(Enum):
    """What can be asked for."""

    PAGE = "page"
    ONE = "one"
    RETRY = "retry"
    RETRIES = "retries"
    DISCARD = "discard"


ROUTES: tuple[tuple[str, str, ParkedOperation], ...] = (
    ("GET", "/parked", ParkedOperation.PAGE),
    ("GET", "/parked/retries", ParkedOperation.RETRIES),
    ("GET", "/parked/{parked_id}", ParkedOperation.ONE),
    ("POST", "/parked/retry", ParkedOperation.RETRY),
    ("POST", "/parked/{parked_id}/discard", ParkedOperation.DISCARD),
)


class ParkedRoutes:
    """The parked events of the groups that the template subscribes, in the log at `redis_url`."""

    def __init__(self, redis_url: str, template: Template) -> None:
        self._redis_url = redis_url
        self._template = template

    async def answer(
        self, operation: ParkedOperation, request: HttpRequest, parameters: Mapping[str, str]
    ) -> HttpAnswer:
        """Answer one request, in a thread: the client for the log waits."""
        return await asyncio.to_thread(lambda: self._api.answer(operation, request, parameters.get("parked_id", "")))

    @cached_property
    def _api(self) -> "ParkedApi":
        put_layers_on_path()
        from local.gateway.parked_api import ParkedApi

        return ParkedApi(self._redis_url, self._template)
