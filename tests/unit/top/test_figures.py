"""The figures of `top` are those of the history, and what is not known is not nought."""

import json
import math
from dataclasses import asdict
from io import StringIO

from rich.console import Console

from local.observing.series import History, Sample, write_key
from local.top.figures import Figures, read_figures, sparklines
from local.top.view import PAGES, everything, page

LE = (0.01, 0.1, 1.0, math.inf)


def series(name: str, **labels: str) -> str:
    return write_key(name, labels)


def histogram(name: str, counts: tuple[float, ...], **labels: str) -> dict[str, float]:
    bounds = ["+Inf" if math.isinf(bound) else str(bound) for bound in LE]
    told = {series(f"{name}_bucket", le=le, **labels): count for le, count in zip(bounds, counts, strict=True)}
    return {**told, series(f"{name}_count", **labels): counts[-1]}


def values(claims: float) -> dict[str, float]:
    """What a system has counted once so many claims were made."""
    event = {"service": "projection", "event_type": "ReclamationCreee"}
    http = {"service": "claims", "method": "POST", "route": "/claims"}
    return {
        series("claims_created_total", claim_type="billing_error", service="claims"): claims,
        series("events_published_total", event_type="ReclamationCreee", service="claims"): claims,
        series("events_processed_total", **event): claims,
        series("stream_lag_events", group="projection-service", service="projection"): 3,
        series("stream_lag_seconds", group="projection-service", service="projection"): 0.5,
        series("stream_parked_events", group="projection-service", service="projection"): 1,
        series("lambda_environments", function="ClaimsFunction", state="idle", service="gateway"): 2,
        series("lambda_invocations_total", function="ClaimsFunction", outcome="success", service="gateway"): claims,
        series("lambda_invocations_total", function="ClaimsFunction", outcome="timeout", service="gateway"): 1,
        series("process_up", process="gateway", kind="gateway"): 1,
        series("process_cpu_used_seconds_total", process="gateway", kind="gateway"): claims / 100,
        series("store_up", store="log"): 0,
        **histogram("event_delivery_duration_seconds", (0, claims, claims, claims), **event),
        **histogram("http_request_duration_seconds", (claims, claims, claims, claims), status="201", **http),
        **histogram("http_request_duration_seconds", (0, 0, 2, 2), status="503", **http),
    }


def figures(*claims: float) -> Figures:
    return read_figures(history(*claims), started=0.0, window_s=300.0)


def history(*claims: float) -> History:
    return History([Sample(2.0 * (place + 1), values(each)) for place, each in enumerate(claims)])


def test_claims_are_told_in_all_in_the_window_and_by_the_second() -> None:
    claims = figures(100, 110, 150, 160).claims
    assert claims is not None
    assert (claims.total, claims.in_window, claims.per_second, claims.peak_per_second) == (160, 60, 10, 20)
    assert claims.by == {"billing_error": 160}


def test_a_subscriber_is_told_with_what_waits_and_what_it_took() -> None:
    [projection] = figures(0, 100).subscribers
    assert (projection.service, projection.group) == ("projection", "projection-service")
    assert (projection.processed_total, projection.lag_events, projection.parked) == (100, 3, 1)
    assert projection.delivery_p95_ms == 95.5
    assert projection.handling_p95_ms is None


def test_errors_and_refusals_are_told_apart() -> None:
    [http] = figures(0, 100).http
    assert (http.service, http.errors, http.refused, http.requests_total) == ("claims", 0, 0, 102)
    assert figures(0).http[0].errors == 0


def test_environments_processes_and_stores_are_told() -> None:
    told = figures(0, 50)
    [environments], [process], [store] = told.environments, told.processes, told.stores
    assert (environments.idle, environments.invocations_in_window, environments.failed) == (2, 50, 0)
    assert (process.up, process.cpu_percent) == (True, 25)
    assert (store.up, store.answer_ms) == (False, None)


def test_what_is_not_known_is_null_and_json_is_always_valid() -> None:
    for told in (figures(0), figures(0, 100), read_figures(History([]), 0.0, 300.0)):
        text = json.dumps(asdict(told), allow_nan=False)
        assert json.loads(text)["at"].endswith("Z")
    assert figures(5).claims is not None
    assert read_figures(History([]), 0.0, 300.0).claims is None


def test_each_page_fits_the_terminal_and_shows_what_needs_a_person() -> None:
    told, lines = figures(0, 100), sparklines(history(0, 100), 300.0)
    for name in PAGES:
        console = Console(width=100, record=True, file=StringIO())
        console.print(page(name, told, lines))
        assert max(map(len, console.export_text().splitlines())) <= 100
    console = Console(width=160, record=True, color_system="truecolor", force_terminal=True, file=StringIO())
    console.print(everything(told, lines))
    shown = console.export_text(styles=True)
    assert "\x1b[1;31maway" in shown
    assert "projection" in shown
