"""The context object that a handler gets as its second argument."""

import os
import sys
import time

from local.template import Function
from local.template.intrinsics import function_arn


class LambdaContext:
    """One invocation's facts, under Lambda's names and types (the memory is text there too).

    Source: "Using the Lambda context object to retrieve Python function information".
    """

    __slots__ = (
        "_deadline_s",
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

    def __init__(self, function: Function, request_id: str) -> None:
        self._deadline_s = time.monotonic() + function.timeout_s
        self.aws_request_id = request_id
        self.client_context = None
        self.function_name = function.name
        self.function_version = "$LATEST"
        self.identity = None
        self.invoked_function_arn = function_arn(function.name)
        self.log_group_name = f"/aws/lambda/{function.name}"
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self.memory_limit_in_mb = str(function.memory_mb)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the timeout, never below 0."""
        return max(0, int((self._deadline_s - time.monotonic()) * 1000))

    def log(self, message: object) -> None:
        """Write to the function's log as it stands, without a line's end."""
        sys.stdout.write(str(message))
