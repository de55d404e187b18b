"""What answers on the gateway's port beside the template's routes."""

from typing import Protocol

from local.apigateway.answers import HttpAnswer
from local.apigateway.requests import HttpRequest


class Mount(Protocol):
    """The console, the Invoke API."""

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        """The answer, or None where the path is not its own. Raises WrongMethodError where only the method is not."""
