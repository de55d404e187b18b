"""The figures, made from a history of samples and from the state of the processes. Pure."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from local.observing.series import OBSERVER, History
from local.state import ProcessRecord
from local.top.figures import Environments, Figures, Flow, Http, Process, Query, Store, Subscriber

NOW_S = 10.0
"""What `per_second` is a mean over."""
GROWING_S = 30.0

DELIVERY = "event_delivery_duration_seconds"
HANDLING = "event_processing_duration_seconds"
HTTP = "http_request_duration_seconds"
REQUESTS = f"{HTTP}_count"

# Every process that knows the system's metrics tells this one from its start: it has no labels.
_SIGN_OF_THE_CATALOGUE = "snapshots_created_total"


def read_figures(history: History, started: float, window_s: float, processes: Sequence[ProcessRecord]) -> Figures:
    """The figures at the newest sample; `started` in seconds since the epoch."""
    at = history.samples[-1].at if history.samples else started
    reading = _Reading(history, window_s)
    return Figures(
        at=datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        up_seconds=round(max(at - started, 0.0), 3),
        window_seconds=window_s,
        claims=reading.flow("claims", "claims_created_total", "claim_type"),
        events=reading.flow("claims", "events_published_total", "event_type"),
        notifications=reading.flow("notification", "notifications_sent_total", "notification_type"),
        audit_entries=reading.flow("audit", "audit_entries_created_total", "event_type"),
        projections=reading.flow("projection", "projections_updated_total", "projection_type"),
        replays=reading.flow("event_store", "replays_performed_total"),
        snapshots=reading.flow("event_store", "snapshots_created_total"),
        http=[reading.http(one) for one in history.label_values(REQUESTS, "service")],
        subscribers=[reading.subscriber(one) for one in history.label_values("stream_lag_events", "group")],
        queries=[reading.query(one) for one in history.label_values("queries_executed_total", "query_type")],
        environments=[reading.environments(one) for one in history.label_values("lambda_environments", "function")],
        processes=[reading.process(one) for one in processes],
        stores=[reading.store(one) for one in history.label_values("store_up", "store")],
    )


def read_lines(history: History, window_s: float) -> dict[str, list[float | None]]:
    """What is drawn over the window, by its name: a value a sample, None where there is none."""
    waiting = history.series("stream_lag_events", window_s, **_seen_by(history))
    lines: dict[str, list[float | None]] = {
        "claims/s": [point.value for point in history.rates("claims_created_total", window_s)],
        "events/s": [point.value for point in history.rates("events_published_total", window_s)],
        "event→done P95 ms": [_ms(value) for value in history.quantiles(DELIVERY, 0.95, window_s)],
        "events waiting": [point.value for point in waiting[1:]],
    }
    return {name: values for name, values in lines.items() if any(value is not None for value in values)}


def _seen_by(history: History) -> dict[str, str]:
    """Whose word on lag is taken: a poller that stands still goes on telling what it told last."""
    tellers = history.label_values("stream_lag_events", "service")
    return {"service": OBSERVER} if OBSERVER in tellers else {}


class _Reading:
    """One look at a history."""

    def __init__(self, history: History, window_s: float) -> None:
        self._history = history
        self._window_s = window_s

    def flow(self, service: str, name: str, label: str = "") -> Flow | None:
        """What nobody has counted yet is nought where `service`, which would count it, is there."""
        if not self._history.knows(name) and self._history.latest(_SIGN_OF_THE_CATALOGUE, service=service) is None:
            return None
        values = self._history.label_values(name, label) if label else []
        return Flow(
            total=self._total(name),
            in_window=self._grown(name),
            per_second=_rounded(self._history.rate(name, NOW_S) or 0.0),
            peak_per_second=_rounded(self._history.peak_rate(name, self._window_s) or 0.0),
            by_type={value: self._total(name, **{label: value}) for value in values},
        )

    def http(self, service: str) -> Http:
        return Http(
            service=service,
            requests_total=self._total(REQUESTS, service=service),
            requests_in_window=self._grown(REQUESTS, service=service),
            per_second=_rounded(self._history.rate(REQUESTS, NOW_S, service=service)),
            p50_ms=self._quantile_ms(HTTP, 0.5, service=service),
            p95_ms=self._quantile_ms(HTTP, 0.95, service=service),
            p99_ms=self._quantile_ms(HTTP, 0.99, service=service),
            refused=self._answered(service, lambda status: status.startswith("4")),
            errors=self._answered(service, lambda status: status.startswith("5")),
        )

    def subscriber(self, group: str) -> Subscriber:
        tellers = self._history.label_values("stream_lag_events", "service", group=group)
        service = next((teller for teller in tellers if teller != OBSERVER), group)  # a group that nobody reads for
        seen = {"group": group, **_seen_by(self._history)}
        return Subscriber(
            service=service,
            group=group,
            processed_total=self._total("events_processed_total", service=service),
            processed_in_window=self._grown("events_processed_total", service=service),
            per_second=_rounded(self._history.rate("events_processed_total", NOW_S, service=service)),
            handling_p95_ms=self._quantile_ms(HANDLING, 0.95, service=service),
            delivery_p50_ms=self._quantile_ms(DELIVERY, 0.5, service=service),
            delivery_p95_ms=self._quantile_ms(DELIVERY, 0.95, service=service),
            delivery_p99_ms=self._quantile_ms(DELIVERY, 0.99, service=service),
            lag_events=self._history.largest("stream_lag_events", **seen),
            lag_seconds=_rounded(self._history.largest("stream_lag_seconds", **seen)),
            lag_grows=self._lag_grows(group),
            parked=self._history.largest("stream_parked_events", **seen),
            redelivered=self._grown("stream_redeliveries_total", group=group),
        )

    def query(self, query_type: str) -> Query:
        return Query(
            query_type=query_type,
            executed_total=self._total("queries_executed_total", query_type=query_type),
            executed_in_window=self._grown("queries_executed_total", query_type=query_type),
            p50_ms=self._quantile_ms("query_duration_seconds", 0.5, query_type=query_type),
            p95_ms=self._quantile_ms("query_duration_seconds", 0.95, query_type=query_type),
        )

    def environments(self, function: str) -> Environments:
        count, invocations = "lambda_environments", "lambda_invocations_total"
        in_window = self._grown(invocations, function=function)
        throttled = self._grown(invocations, function=function, outcome="throttled")
        return Environments(
            function=function,
            starting=self._total(count, function=function, state="starting"),
            ready=self._total(count, function=function, state="idle"),
            busy=self._total(count, function=function, state="busy"),
            invocations_total=self._total(invocations, function=function),
            invocations_in_window=in_window,
            throttled=throttled,
            failed=in_window - throttled - self._grown(invocations, function=function, outcome="success"),
            p95_ms=self._quantile_ms("lambda_invocation_duration_seconds", 0.95, function=function),
            cold_starts_total=self._total("lambda_cold_starts_total", function=function),
            init_mean_ms=self._mean_ms("lambda_init_duration_seconds", function=function),
            # Nothing is what it tells while it has no environment.
            memory_bytes=self._history.largest("lambda_memory_max_bytes", function=function) or None,
            memory_limit_bytes=self._history.largest("lambda_memory_limit_bytes", function=function),
        )

    def process(self, record: ProcessRecord) -> Process:
        cpu = self._history.rate("process_cpu_used_seconds_total", NOW_S, process=record.name)
        return Process(
            process=record.name,
            kind=record.kind,
            state=record.state,
            memory_bytes=self._history.latest("process_memory_bytes", process=record.name),
            cpu_percent=None if cpu is None else _rounded(cpu * 100),
            restarts=record.restarts,
        )

    def store(self, store: str) -> Store:
        is_up = self._history.largest("store_up", store=store) == 1
        # Of one that is away, what it told last is of another time.
        names = ("store_memory_bytes", "store_disk_bytes", "store_connections", "store_answer_seconds")
        told = [self._history.largest(name, store=store) if is_up else None for name in names]
        memory_bytes, disk_bytes, connections, answer_s = told
        return Store(store, is_up, memory_bytes, disk_bytes, connections, _ms(answer_s))

    def _answered(self, service: str, wanted: Callable[[str], bool]) -> float:
        statuses = self._history.label_values(REQUESTS, "status", service=service)
        wanted_ones = (status for status in statuses if wanted(status))
        return sum((self._grown(REQUESTS, service=service, status=status) for status in wanted_ones), start=0.0)

    def _lag_grows(self, group: str) -> bool:
        lag = self._history.series("stream_lag_events", GROWING_S, group=group, **_seen_by(self._history))
        return bool(lag) and lag[-1].value > lag[0].value

    def _total(self, name: str, **labels: str) -> float:
        return self._history.latest(name, **labels) or 0.0

    def _grown(self, name: str, **labels: str) -> float:
        return self._history.increase(name, self._window_s, **labels) or 0.0

    def _quantile_ms(self, name: str, q: float, **labels: str) -> float | None:
        return _ms(self._history.quantile(name, q, self._window_s, **labels))

    def _mean_ms(self, name: str, **labels: str) -> float | None:
        """Since the start."""
        count = self._total(f"{name}_count", **labels)
        return _ms(self._total(f"{name}_sum", **labels) / count) if count else None


def _ms(seconds: float | None) -> float | None:
    return _rounded(None if seconds is None else seconds * 1000)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
