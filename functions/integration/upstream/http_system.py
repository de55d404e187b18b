"""One of the other systems over HTTP: `GET {base}/api/v1/{collection}/{id}`, and nothing that would change it."""

import time
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import quote

import httpx
import orjson
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from functions.integration.identifiers import CUSTOMER, ORDER, forms_of
from functions.integration.upstream.deadline import EndedTransport
from functions.integration.upstream.errors import OtherDocumentError, UpstreamUnavailableError
from functions.integration.upstream.patience import Patience
from metrics import tracing

Collection = Literal["orders", "customers"]
KINDS: dict[Collection, str] = {"orders": ORDER, "customers": CUSTOMER}
BODY_BYTES_MAX = 1024 * 1024
WAIT_S_BASE, WAIT_S_MAX = 0.03, 0.15  # before a second attempt, with jitter: a person waits for the answer

# Of these an integer dialect's 422 for `order_123` is the usual one.
NOT_THIS_FORM = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
NOT_FOUND = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class PassingError(UpstreamUnavailableError):
    """Refused, cut off or 5xx: the next attempt may find it well. A timeout is none: it has cost its time already."""


class HttpSystem:
    """Questions to one system on kept connections; one for the life of a process."""

    def __init__(self, base_url: str, collection: Collection, transport: httpx.BaseTransport | None = None) -> None:
        """`base_url` without `/api/v1`."""
        self._base_url = base_url.rstrip("/")
        self._collection = collection
        self._transport = transport or EndedTransport()
        # Not packed: a few hundred bytes of nested gzip unpack to gigabytes.
        self._client = httpx.Client(transport=self._transport, headers={"Accept-Encoding": "identity"})
        self._takes_numbers = False

    def find(self, identifier: str, patience: Patience) -> Any | None:
        """The document of this id in any of its forms; None where the system knows none of them.

        Raises UpstreamUnavailableError.
        """
        for form in self._forms(identifier):
            status, body = self._get(f"/api/v1/{self._collection}/{quote(form, safe='')}", patience)
            if status == HTTPStatus.OK:
                return _document(body)
            if status not in NOT_FOUND | NOT_THIS_FORM:
                raise UpstreamUnavailableError(f"it answered {status}")
            _parse(body)  # what is not JSON is somebody else's 404: a proxy's, or a wrong address's
            self._takes_numbers |= status in NOT_THIS_FORM and not form.isdigit()
        return None

    def _forms(self, identifier: str) -> tuple[str, ...]:
        """As `forms_of`; the number first where the system was heard to refuse a text: that saves a question."""
        forms = forms_of(identifier, KINDS[self._collection])
        return forms[::-1] if self._takes_numbers else forms

    def first_page(self, patience: Patience) -> Any:
        """The beginning of the collection's list, which tells how many there are. Raises UpstreamUnavailableError."""
        status, body = self._get(f"/api/v1/{self._collection}?limit=1", patience)
        if status != HTTPStatus.OK:
            raise UpstreamUnavailableError(f"it answered {status}")
        return _parse(body)

    def check(self, patience: Patience) -> float:
        """Seconds that its health took to answer. One that has no such route is well, too.

        Raises UpstreamUnavailableError.
        """
        started = time.perf_counter()
        status, body = self._get("/health", patience)
        if status == HTTPStatus.OK:
            _parse(body)
        elif status not in NOT_FOUND:
            raise UpstreamUnavailableError(f"its health answered {status}")
        return time.perf_counter() - started

    def _get(self, path: str, patience: Patience) -> tuple[int, bytes]:
        retrying = Retrying(
            stop=stop_after_attempt(patience.attempts),
            wait=wait_random_exponential(WAIT_S_BASE, WAIT_S_MAX),
            retry=retry_if_exception_type(PassingError),
            reraise=True,
        )
        return retrying(self._get_once, path, patience)

    def _get_once(self, path: str, patience: Patience) -> tuple[int, bytes]:
        timeout = httpx.Timeout(patience.read_s, connect=patience.connect_s)
        deadline = time.monotonic() + patience.total_s
        if isinstance(self._transport, EndedTransport):
            self._transport.end_in(patience.total_s)
        try:
            with tracing.outgoing("GET", self._base_url, _template(path)) as span:
                url, headers = self._base_url + path, span.carried()
                with self._client.stream("GET", url, headers=headers, timeout=timeout) as response:
                    span.answered(response.status_code)
                    body = _read(response, deadline)
        except httpx.TimeoutException:
            raise UpstreamUnavailableError("it does not answer in time") from None
        except httpx.ConnectError:
            raise PassingError("it cannot be reached") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise PassingError("it cut the connection off") from None
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise PassingError(f"it answered {response.status_code}")
        return response.status_code, body


def _template(path: str) -> str:
    """The path without what is asked for: `/api/v1/orders/{id}`."""
    parts = path.partition("?")[0].split("/")
    return "/".join([*parts[:4], "{id}"]) if len(parts) > 4 else "/".join(parts)


def _read(response: httpx.Response, deadline: float) -> bytes:
    """The body, unless it is too large or comes so slowly that each wait is short and all of them too long."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise UpstreamUnavailableError("the answer is packed though it was asked not to be")
    body = bytearray()
    for part in response.iter_bytes():
        body += part
        if len(body) > BODY_BYTES_MAX:
            raise UpstreamUnavailableError("the answer is too large")
        if time.monotonic() > deadline:
            raise UpstreamUnavailableError("it does not answer in time")
    return bytes(body)


def _document(body: bytes) -> Any:
    document = _parse(body)
    if not isinstance(document, dict):
        raise OtherDocumentError("the answer is no document")
    return document


def _parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise UpstreamUnavailableError("the answer is not JSON") from None
