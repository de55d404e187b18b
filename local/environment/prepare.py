"""Turn this process into a function's execution environment: its variables, its import path, its clock."""

import io
import logging
import os
import sys
import time
from collections.abc import Mapping
from uuid import uuid4

from local.template import Function
from local.template.intrinsics import REGION

# Of the laptop's variables a function sees these alone. Any other would be missing on Lambda, where a setting exists
# because the template says so; here it would work, and nobody would notice.
INHERITED = frozenset(
    {"HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PROMETHEUS_MULTIPROC_DIR", "TMPDIR", "VIRTUAL_ENV"}
)
INHERITED_PREFIXES = ("COVERAGE_", "PYTHON", "SSL_CERT_")
# On Lambda these are the function's role; here who started the emulator may have some, and an endpoint to use them at.
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
ENDPOINTS = "AWS_ENDPOINT_URL"


def prepare_process(function: Function) -> None:
    """Set environment variables, time zone, import path and logging. Irreversible: a process is one function's."""
    variables = {
        **_inherited(os.environ),
        **role_variables(os.environ),
        **lambda_variables(function),
        **function.environment,
    }
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()
    sys.path[:0] = import_path(function)
    # What a function printed is in the log at once, and not lost with the process that a signal or a timeout ends.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    # Lambda's runtime has a handler on the root logger too, so that what a library says is not lost.
    logging.basicConfig(level=logging.WARNING, format="[%(levelname)s] %(asctime)s %(name)s %(message)s")


def import_path(function: Function) -> list[str]:
    """Where the function's modules are looked up: its code first, then its layers, the last named first.

    Lambda unpacks layers into one folder in the order named, so the last one's files are the ones that stay.
    """
    return [str(function.code_uri), *(str(layer / "python") for layer in reversed(function.layers))]


def lambda_variables(function: Function) -> dict[str, str]:
    """The variables that Lambda sets. Source: "Defined runtime environment variables" in the Lambda guide."""
    return {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": time.strftime("%Y/%m/%d/[$LATEST]", time.gmtime()) + uuid4().hex,
        "AWS_REGION": REGION,
        "LAMBDA_TASK_ROOT": str(function.code_uri),
        "TZ": ":UTC",
        "_HANDLER": function.handler,
    }


def role_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Credentials and endpoints for AWS's services, where the emulator was given some."""
    return {name: value for name, value in environment.items() if name in CREDENTIALS or name.startswith(ENDPOINTS)}


def _inherited(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in environment.items() if name in INHERITED or name.startswith(INHERITED_PREFIXES)
    }
