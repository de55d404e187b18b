"""A request that nobody sent, as it would have come in on the gateway's port."""

from collections.abc import Sequence
from urllib.parse import quote

from local.apigateway.requests import HttpRequest

PORT = 8100
# What stands in a path as it is: everything that a client has encoded already, and what needs no encoding.
_PATH_SAFE = "/%~!$&'()*+,;=:@-._"
_QUERY_SAFE = "/?%~!$&'()*+,;=:@-._"


def make_request(
    method: str,
    target: str,
    *,
    headers: Sequence[tuple[str, str]] = (),
    query: Sequence[tuple[str, str]] = (),
    body: str | None = None,
) -> HttpRequest:
    """`target` is a path, with or without a query string; `query` is added to it. A body is JSON unless a header says
    otherwise."""
    path, _, given = target.partition("?")
    pairs = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query]
    raw = body.encode() if body is not None else b""
    return HttpRequest(
        method=method.upper(),
        path=quote(path, safe=_PATH_SAFE),
        query="&".join([*([quote(given, safe=_QUERY_SAFE)] if given else []), *pairs]),
        headers=[(name.encode(), value.encode()) for name, value in _headers(headers, raw)],
        body=raw,
        client_host="127.0.0.1",
        server_port=PORT,
        protocol="HTTP/1.1",
    )


def _headers(given: Sequence[tuple[str, str]], body: bytes) -> list[tuple[str, str]]:
    """What curl would send, where nothing else is given."""
    usual = {"host": f"127.0.0.1:{PORT}", "user-agent": "recours", "accept": "*/*"}
    if body:
        usual |= {"content-type": "application/json", "content-length": str(len(body))}
    named = [(name.lower(), value) for name, value in given]
    names = {name for name, _ in named}
    return [*((name, value) for name, value in usual.items() if name not in names), *named]
