"""The context object that a handler gets as its second argument."""

import os
import sys
import time
from collections.abc import Mapping

from local.template import Function
from local.template.intrinsics import function_arn


class CognitoIdentity:
    """Who called through an AWS mobile SDK: here nobody, as on Lambda for every other caller."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self) -> None:
        self.cognito_identity_id = None
        self.cognito_identity_pool_id = None


class ClientContext:
    """What the caller of the Invoke API said of itself in `X-Amz-Client-Context`."""

    __slots__ = ("client", "custom", "env")

    def __init__(self, told: Mapping[str, object]) -> None:
        self.custom = told.get("custom")
        self.env = told.get("env")
        client = told.get("client")
        self.client = Client(client) if isinstance(client, Mapping) else None


class Client:
    """The application behind a ClientContext."""

    __slots__ = ("app_package_name", "app_title", "app_version_code", "app_version_name", "installation_id")

    def __init__(self, told: Mapping[str, object]) -> None:
        for name in self.__slots__:
            setattr(self, name, told.get(name))


class LambdaContext:
    """One invocation's facts, under Lambda's names and types (the memory is text there too).

    Source: "Using the Lambda context object to retrieve Python function information".
    """

    __slots__ = (
        "_deadline_s",
        "_frozen_ms",
        "aws_request_id",
        "client_context",
        "function_name",
        "function_version",
        "identity",
        "invoked_function_arn",
        "log_group_name",
        "log_stream_name",
        "memory_limit_in_mb",
    )

    def __init__(
        self, function: Function, request_id: str, client_context: object = None, *, is_timed: bool = True
    ) -> None:
        self._deadline_s = time.monotonic() + function.timeout_s
        self._frozen_ms = None if is_timed else function.timeout_s * 1000
        self.aws_request_id = request_id
        self.client_context = ClientContext(client_context) if isinstance(client_context, Mapping) else None
        self.function_name = function.name
        self.function_version = "$LATEST"
        self.identity = CognitoIdentity()
        self.invoked_function_arn = function_arn(function.name)
        self.log_group_name = f"/aws/lambda/{function.name}"
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self.memory_limit_in_mb = str(function.memory_mb)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the timeout, never below 0; all of them, always, while a debugger may be attached."""
        if self._frozen_ms is not None:
            return self._frozen_ms
        return max(0, int((self._deadline_s - time.monotonic()) * 1000))

    def log(self, message: object) -> None:
        """Write to the function's log as it stands, without a line's end."""
        sys.stdout.write(str(message))
