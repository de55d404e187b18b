"""Text messages over HTTP: `POST {"to","text","reference"}` as JSON to the provider's address."""

from http import HTTPStatus

import httpx

from functions.notification.transports import DeferredError, RefusedError, TransportDownError

TIMEOUT_S = 10.0

# 4xx that say nothing against the message: not us, not now, not so many.
NOT_OURS_TO_SEND = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED})
NOT_NOW = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
BROKEN = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


class HttpSms:
    """An SmsTransport on kept connections, one for the life of a process. Every wait ends after `timeout_s` seconds."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._client = httpx.Client(timeout=timeout_s)

    def send(self, to: str, text: str, reference: str) -> None:
        """See `SmsTransport.send`."""
        message = {"to": to, "text": text, "reference": reference}
        try:
            answer = self._post(message)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TransportDownError(f"the SMS provider cannot be reached: {type(error).__name__}") from error
        _check(answer.status_code)

    def _post(self, message: dict[str, str]) -> httpx.Response:
        try:
            return self._client.post(self._url, json=message)
        except BROKEN:
            # The provider may have closed a kept connection just now. If it took the message nevertheless, it knows
            # this one by the reference.
            return self._client.post(self._url, json=message)


def _check(status: int) -> None:
    if 200 <= status < 300:
        return
    if status in NOT_NOW:
        raise DeferredError(f"the SMS provider put it off: HTTP {status}")
    if 400 <= status < 500 and status not in NOT_OURS_TO_SEND:
        raise RefusedError(f"the SMS provider refused it: HTTP {status}")
    raise TransportDownError(f"the SMS provider cannot be used now: HTTP {status}")
