"""The lines that Lambda writes around an invocation.

Source: "Working with CloudWatch Logs", the fields of the REPORT line, in the Lambda developer guide.
"""

import math


def start_line(request_id: str) -> bytes:
    """Written before the function is given the invocation."""
    return f"START RequestId: {request_id} Version: $LATEST\n".encode()


def end_lines(
    request_id: str,
    *,
    duration_ms: float,
    init_ms: float | None,
    memory_mb: int,
    memory_max_mb: int,
    error_type: str,
) -> bytes:
    """END and REPORT, written once the invocation is over. `init_ms` for the first of an environment only."""
    report = (
        f"REPORT RequestId: {request_id}\tDuration: {duration_ms:.2f} ms\t"
        f"Billed Duration: {math.ceil(duration_ms + (init_ms or 0.0))} ms\t"
        f"Memory Size: {memory_mb} MB\tMax Memory Used: {memory_max_mb} MB"
    )
    if init_ms is not None:
        report += f"\tInit Duration: {init_ms:.2f} ms"
    if error_type == "Sandbox.Timedout":
        report += "\tStatus: timeout"
    elif error_type:
        report += f"\tStatus: error\tError Type: {error_type}"
    return f"END RequestId: {request_id}\n{report}\n".encode()
