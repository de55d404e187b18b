"""How a service's faults are read and set from outside: `/_faults`, which always answers."""

from http.client import HTTPException
from urllib.request import ProxyHandler, Request, build_opener

from pydantic import ValidationError

from local.lab6.faults import CONTROL, Faults

_ANSWER_SECONDS_MAX = 10.0
_DIRECTLY = build_opener(ProxyHandler({}))  # whatever proxy the environment names: it does not know our loopback


class ControlError(Exception):
    """The service does not answer, or is no simulated one."""


def faults_of(url: str) -> Faults:
    """How the service at that address behaves. Raises ControlError."""
    return _ask(Request(f"{url}{CONTROL}"))  # noqa: S310 (the address is the supervisor's)


def set_faults(url: str, faults: Faults) -> Faults:
    """Have it behave like that from its next request on; return what now holds. Raises ControlError."""
    body = faults.model_dump_json().encode()
    return _ask(Request(f"{url}{CONTROL}", body, {"content-type": "application/json"}, method="PUT"))  # noqa: S310


def _ask(request: Request) -> Faults:
    try:
        with _DIRECTLY.open(request, timeout=_ANSWER_SECONDS_MAX) as answer:
            return Faults.model_validate_json(answer.read())
    except (OSError, HTTPException, ValidationError) as error:
        raise ControlError(f"the simulated service at {request.host} does not answer") from error
