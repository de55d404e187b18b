"""From the environment to a tracer."""

import atexit
import logging
from collections.abc import Callable, Mapping

from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.version import __version__ as sdk_version

from metrics.tracing.exporting import Flushing, Seldom, processor_for
from metrics.tracing.tracer import Tracer

SCOPE = "recours"
# Semantic convention → the variable that Lambda, or the template, sets.
_KNOWN = {
    "service.name": "SERVICE_NAME",
    "faas.name": "AWS_LAMBDA_FUNCTION_NAME",
    "faas.version": "AWS_LAMBDA_FUNCTION_VERSION",
    "faas.instance": "AWS_LAMBDA_LOG_STREAM_NAME",
    "cloud.region": "AWS_REGION",
}


def start(environment: Mapping[str, str]) -> Tracer:
    """Begin to trace. Sampling is by OTEL_TRACES_SAMPLER and its argument, as the SDK reads them itself."""
    sdk = logging.getLogger("opentelemetry")
    sdk.addHandler(Seldom())
    sdk.propagate = False
    processor = processor_for(environment)
    # Lambda freezes a process between invocations; only its runtime has that address.
    flushing = Flushing(processor, is_frozen_between="AWS_LAMBDA_RUNTIME_API" in environment)
    atexit.register(flushing.at_end)
    return tracer_over(processor, environment, flushing.after_invocation)


def tracer_over(
    processor: SpanProcessor, environment: Mapping[str, str], after_invocation: Callable[[], None]
) -> Tracer:
    """A tracer whose spans go to that processor."""
    provider = TracerProvider(resource=resource_of(environment), shutdown_on_exit=False)
    provider.add_span_processor(processor)
    return Tracer(provider.get_tracer(SCOPE), after_invocation)


def resource_of(environment: Mapping[str, str]) -> Resource:
    """Who makes the spans. OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME come before what we know."""
    known = {name: environment[variable] for name, variable in _KNOWN.items() if environment.get(variable)}
    sdk = {
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": sdk_version,
    }
    return Resource({**sdk, **known}).merge(OTELResourceDetector().detect())
