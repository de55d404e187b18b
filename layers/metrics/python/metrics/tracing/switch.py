"""Whether there are traces: decided once a process, by OpenTelemetry's own variables."""

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metrics.tracing.tracer import Tracer

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")

logger = logging.getLogger(__name__)


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether it says where spans are sent; an empty address is none."""
    is_disabled = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return not is_disabled and any(environment.get(name, "").strip() for name in _ENDPOINTS)


def active() -> "Tracer | None":
    """What makes the process's spans; None where there are none."""
    return _active


def use(tracer: "Tracer | None") -> None:
    """Have this one make the spans from now on: a test's, or nobody."""
    global _active
    _active = tracer


def _started() -> "Tracer | None":
    try:
        from metrics.tracing.starting import start

        return start(os.environ)
    except Exception:  # a function that cannot be traced works all the same, also where a package lacks what it takes
        logger.exception("there will be no traces")
        return None


_active: "Tracer | None" = _started() if is_wanted(os.environ) else None
