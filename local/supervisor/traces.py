"""Whether the functions are traced, and where their spans go."""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from local.supervisor.options import Options

NAME = "traces"
ENDPOINT = "OtlpEndpoint"
# Functions do not see our environment; what samples is told by parameters, as in the cloud.
_SAMPLING = {"TracesSampler": "OTEL_TRACES_SAMPLER", "TracesSamplerArg": "OTEL_TRACES_SAMPLER_ARG"}


def is_endpoint(url: str) -> bool:
    """Whether spans can be sent there: http://… or https://…, with a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def trace_parameters(options: Options, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the template's parameters that say so; none without `--traces`."""
    if options.traces is None:
        return {}
    sampling = {name: environment[variable] for name, variable in _SAMPLING.items() if environment.get(variable)}
    return {ENDPOINT: options.traces, **sampling}


def trace_urls(options: Options) -> dict[str, str]:
    """Return where spans go, under the name that it has among the URLs."""
    return {} if options.traces is None else {NAME: options.traces}
