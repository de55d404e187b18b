"""Environments that somebody else has: a function invoked through the Lambda Invoke API, as by a poller beside Lambda.

Source: the Invoke operation in the Lambda API reference, its errors and `X-Amz-Function-Error`.
"""

import json
import os
from importlib import import_module
from typing import Any, Protocol

from streams.errors import FunctionError, ThrottledError

CONNECT_TIMEOUT_S = 5
READ_MARGIN_S = 15  # Lambda itself tells a function's timeout; the margin is for its cold start and the way back
_BATCH_AT_FAULT = frozenset(
    {"InvalidRequestContentException", "RequestTooLargeException", "SerializationException", "413"}
)


class LambdaClient(Protocol):
    """The part of boto3's Lambda client that is used here."""

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """See boto3."""


class LambdaInvoker:
    """Invokes one function and waits for its answer. May be called from several threads at once."""

    def __init__(self, client: LambdaClient, function: str) -> None:
        """`function` is a name, a partial ARN or an ARN."""
        self._client = client
        self._function = function

    def invoke(self, event: object) -> object:
        """Return what the function returned.

        Raises FunctionError where it failed, or the batch itself cannot be given to it; ThrottledError where Lambda,
        the network or our permissions are at fault: then whether it was invoked may be unknown, the batch comes again,
        and no event is parked for what is none of its doing.
        """
        answer = self._ask(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode())
        value = _read(answer["Payload"].read())
        if "FunctionError" in answer:
            raise _function_error(value, str(answer["FunctionError"]))
        return value

    def _ask(self, payload: bytes) -> dict[str, Any]:
        errors = import_module("botocore.exceptions")
        try:
            return self._client.invoke(FunctionName=self._function, InvocationType="RequestResponse", Payload=payload)
        except errors.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "Unknown"))
            if code in _BATCH_AT_FAULT:
                raise FunctionError(code, str(error)) from error
            raise ThrottledError(f"Lambda did not invoke {self._function}: {error}") from error
        except errors.BotoCoreError as error:
            raise ThrottledError(f"Lambda gave no answer for {self._function}: {error}") from error


def lambda_client(timeout_s: int, threads: int) -> LambdaClient:
    """boto3's client by its usual settings (credentials, `AWS_ENDPOINT_URL`), for so many threads at once.

    `timeout_s` is the function's own. It repeats nothing by itself: what to do again, and when, is the poller's.
    """
    config = import_module("botocore.config").Config
    limits = config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=timeout_s + READ_MARGIN_S,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=threads,
        tcp_keepalive=True,
    )
    # boto3 itself reads AWS_DEFAULT_REGION alone; what AWS sets in its own containers is AWS_REGION.
    region = os.environ.get("AWS_REGION")
    client: LambdaClient = import_module("boto3").client("lambda", region_name=region, config=limits)
    return client


def _read(payload: bytes) -> object:
    try:
        return json.loads(payload) if payload else None
    except ValueError as error:
        raise FunctionError("Runtime.InvalidResponse", f"the function's answer is not JSON: {error}") from error


def _function_error(value: object, kind: str) -> FunctionError:
    """`{"errorType", "errorMessage", "stackTrace"}`; a runtime that ended by force may leave any of them out."""
    told = value if isinstance(value, dict) else {"errorMessage": str(value)}
    trace = told.get("stackTrace") or ""
    text = "".join(map(str, trace)) if isinstance(trace, list) else str(trace)
    return FunctionError(str(told.get("errorType") or kind), str(told.get("errorMessage") or ""), text)
