"""The claims service over HTTP: the one that decides whether there is a claim."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urljoin

import httpx
import orjson
from pydantic import BaseModel
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from envelope.errors import InvalidError, RejectedError, RetryableError
from metrics import tracing

TIMEOUT = httpx.Timeout(4.0, connect=1.0)  # twice below the function's own, above what an append under load takes
ATTEMPTS_MAX = 2
WAIT_S_BASE, WAIT_S_MAX = 0.05, 0.25


class ClaimsUnavailableError(RetryableError):
    """The claims service did not take the claim, or it is not known whether it did: repeat it with the same key."""


class _AgainError(ClaimsUnavailableError):
    """One that a second attempt may mend; the key makes the two one."""


class ClaimRefusedError(RejectedError):
    """The claims service said no."""


class AcceptedClaim(BaseModel):
    """What the claims service says of a claim that it took."""

    claim_id: str
    status: str
    version: int
    position: int
    event_id: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class MadeClaim:
    """What it answered, and where the claim is."""

    answer: Mapping[str, Any]
    location: str


@dataclass(frozen=True, slots=True)
class Ids:
    """What ties the claim to the request that it comes from."""

    correlation_id: str
    causation_id: str | None


class MakesClaims(Protocol):
    """Opens claims."""

    def create(self, body: Mapping[str, Any], key: str, ids: Ids) -> MadeClaim:
        """Open the claim of this body, once for each key; a repeat gets the first answer.

        Raises InvalidError, ClaimRefusedError, ClaimsUnavailableError.
        """


class HttpClaims:
    """A MakesClaims on kept connections, one for the life of a process."""

    def __init__(self, url: str, client: httpx.Client | None = None, token: Callable[[], str] | None = None) -> None:
        """`token` gives what we show it for who we are; None where it asks nobody."""
        self._url = url.rstrip("/")
        self._token = token
        self._client = client or httpx.Client(timeout=TIMEOUT)

    def create(self, body: Mapping[str, Any], key: str, ids: Ids) -> MadeClaim:
        """See MakesClaims."""
        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS_MAX),
            wait=wait_random_exponential(WAIT_S_BASE, WAIT_S_MAX),
            retry=retry_if_exception_type(_AgainError),
            reraise=True,
        )
        return retrying(self._create_once, body, key, ids)

    def check(self) -> None:
        """Raise ClaimsUnavailableError where it does not answer."""
        try:
            answer = self._client.get(f"{self._url}/health", timeout=1.0)
        except httpx.HTTPError as error:
            raise ClaimsUnavailableError("the claims service does not answer") from error
        if answer.status_code != HTTPStatus.OK:
            raise ClaimsUnavailableError(f"the health of the claims service is {answer.status_code}")

    def _create_once(self, body: Mapping[str, Any], key: str, ids: Ids) -> MadeClaim:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, "X-Correlation-ID": ids.correlation_id}
        if ids.causation_id is not None:
            headers["X-Causation-ID"] = ids.causation_id
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token()}"
        try:
            with tracing.outgoing("POST", self._url, "/claims") as span:
                headers |= span.carried()
                answer = self._client.post(f"{self._url}/claims", content=orjson.dumps(body), headers=headers)
                span.answered(answer.status_code)
        except httpx.HTTPError as error:
            raise _AgainError("the claims service does not answer: repeat it with the same Idempotency-Key") from error
        if answer.status_code in (HTTPStatus.CREATED, HTTPStatus.OK):
            return self._made(answer)
        raise _refusal(answer)

    def _made(self, answer: httpx.Response) -> MadeClaim:
        try:
            accepted = AcceptedClaim.model_validate_json(answer.content)
            location = urljoin(f"{self._url}/", answer.headers.get("Location", f"claims/{accepted.claim_id}"))
        except ValueError as error:
            raise _AgainError("the claims service answered with something else than a claim") from error
        return MadeClaim(accepted.model_dump(), location)


def _refusal(answer: httpx.Response) -> Exception:
    status, problem = answer.status_code, _problem(answer)
    detail = str(problem.get("detail") or f"the claims service answered {status}")
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return InvalidError(detail, _fields(problem.get("errors")))
    if status == HTTPStatus.CONFLICT:
        return ClaimRefusedError(detail)
    # All else is between us and the claims service, and nothing that our caller did.
    return _AgainError(detail)


def _fields(errors: Any) -> tuple[tuple[str, str], ...]:
    told = [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    return tuple((str(each.get("field")), str(each.get("message"))) for each in told)


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        problem = answer.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}
