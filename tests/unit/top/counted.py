"""What a small system has counted, as samples every two seconds."""

import math

from local.observing.series import History, Sample, write_key
from local.state import ProcessRecord
from local.top.figures import Figures
from local.top.reading import read_figures

LE = (0.01, 0.1, 1.0, math.inf)
WINDOW_S = 300.0
PROCESSES = (
    ProcessRecord("gateway", "gateway", 1, 0.0, 8100, "ready"),
    ProcessRecord("projection-poller", "poller", None, None, None, "dead", restarts=2),
)


def series(name: str, **labels: str) -> str:
    """A sample's name."""
    return write_key(name, labels)


def history_of(*samples: dict[str, float]) -> History:
    """At 2, 4, … seconds."""
    return History([Sample(2.0 * place, each) for place, each in enumerate(samples, start=1)])


def history(*claims: float, failed: float = 0) -> History:
    """After so many claims each; `failed` of the requests did, at the last sample."""
    last = len(claims) - 1
    return history_of(*(values(each, failed if place == last else 0) for place, each in enumerate(claims)))


def figures(*claims: float, failed: float = 0) -> Figures:
    """The figures at the last of these samples."""
    return read_figures(history(*claims, failed=failed), 0.0, WINDOW_S, PROCESSES)


def values(claims: float, failed: float = 0) -> dict[str, float]:
    """What a system has counted once so many claims were made."""
    event = {"service": "projection", "event_type": "ReclamationCreee"}
    http = {"service": "claims", "method": "POST", "route": "/claims"}
    subscriber = {"group": "projection-service", "service": "projection"}
    function = {"function": "ClaimsFunction", "service": "gateway"}
    return {
        series("claims_created_total", claim_type="billing_error", service="claims"): claims,
        series("events_published_total", event_type="ReclamationCreee", service="claims"): claims,
        series("events_processed_total", **event): claims,
        series("queries_executed_total", query_type="claim", service="query"): claims,
        series("stream_lag_events", **subscriber): 3,
        series("stream_lag_seconds", **subscriber): 0.5,
        series("stream_parked_events", **subscriber): 1,
        series("lambda_environments", state="idle", **function): 2,
        series("lambda_invocations_total", outcome="success", **function): claims,
        series("lambda_invocations_total", outcome="timeout", **function): 1,
        series("lambda_init_duration_seconds_sum", **function): 0.6,
        series("lambda_init_duration_seconds_count", **function): 2,
        series("lambda_memory_max_bytes", **function): 64 << 20,
        series("lambda_memory_limit_bytes", **function): 256 << 20,
        series("process_memory_bytes", process="gateway", kind="gateway"): 50 << 20,
        series("process_cpu_used_seconds_total", process="gateway", kind="gateway"): claims / 100,
        series("store_up", store="log"): 0,
        series("store_memory_bytes", store="log"): 5 << 20,
        series("store_answer_seconds", store="log"): 0.001,
        **_histogram("event_delivery_duration_seconds", (0, claims, claims, claims), **event),
        **_histogram("http_request_duration_seconds", (claims,) * 4, status="201", **http),
        **_histogram("http_request_duration_seconds", (0, 0, failed + 2, failed + 2), status="503", **http),
    }


def _histogram(name: str, counts: tuple[float, ...], **labels: str) -> dict[str, float]:
    bounds = ["+Inf" if math.isinf(bound) else str(bound) for bound in LE]
    told = {series(f"{name}_bucket", le=le, **labels): count for le, count in zip(bounds, counts, strict=True)}
    return {**told, series(f"{name}_count", **labels): counts[-1]}
