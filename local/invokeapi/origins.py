"""A page of another site must not invoke functions: browsers let it post here, though not read the answer."""

from urllib.parse import urlsplit

from local.apigateway.requests import HttpRequest
from local.invokeapi.errors import access_denied


def refuse_other_sites(request: HttpRequest) -> None:
    """Raise LambdaApiError for a browser's request from another origin. The SDKs never send that header."""
    origin = request.header(b"origin")
    if origin and _place(origin) != request.header(b"host"):
        raise access_denied("The page of another site may not use the Lambda API here")


def _place(origin: str) -> str | None:
    """Host and port; None for what is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None
