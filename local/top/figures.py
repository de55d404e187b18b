"""The figures that `top` shows, made from a history of samples. Pure.

`./recours top --once --json` prints `Figures` as one object with these names. Times are milliseconds where the name
ends in `_ms`, quantiles are made from histogram buckets over the window, and what is not known is null.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from local.observing.series import History, Point

NOW_S = 10.0
"""What `per_second` is a mean over."""

DELIVERY = "event_delivery_duration_seconds"
HANDLING = "event_processing_duration_seconds"
HTTP = "http_request_duration_seconds"


@dataclass(frozen=True, slots=True)
class Flow:
    """What is counted: since the start, in the window, a second over the last ten, and the most between two looks."""

    total: float
    in_window: float
    per_second: float | None
    peak_per_second: float | None
    by: Mapping[str, float]
    """The total by the label that tells most: claim type, event type, notification type, …"""


@dataclass(frozen=True, slots=True)
class Http:
    """The requests that one service answered."""

    service: str
    requests_total: float
    requests_in_window: float
    per_second: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    refused: float
    errors: float
    """In the window, with status 4xx and 5xx."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One consumer group. `delivery`: from an event's timestamp to the end of its handling; `handling`: that alone."""

    service: str
    group: str
    processed_total: float
    processed_in_window: float
    per_second: float | None
    handling_p95_ms: float | None
    delivery_p50_ms: float | None
    delivery_p95_ms: float | None
    delivery_p99_ms: float | None
    lag_events: float | None
    lag_seconds: float | None
    parked: float | None
    redelivered: float


@dataclass(frozen=True, slots=True)
class Query:
    """One kind of query."""

    query_type: str
    executed_total: float
    executed_in_window: float
    p50_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Environments:
    """The execution environments of one function."""

    function: str
    starting: float
    idle: float
    busy: float
    invocations_total: float
    invocations_in_window: float
    failed: float
    """In the window: errors, timeouts, crashes, and those that had no environment."""
    p95_ms: float | None
    cold_starts: float
    init_p50_ms: float | None
    memory_bytes: float | None


@dataclass(frozen=True, slots=True)
class Process:
    """One process, with its children. `cpu_percent` of one core, over the last ten seconds."""

    process: str
    kind: str
    up: bool
    memory_bytes: float
    cpu_percent: float | None
    restarts: float


@dataclass(frozen=True, slots=True)
class Store:
    """One store, as its server tells."""

    store: str
    up: bool
    memory_bytes: float | None
    disk_bytes: float | None
    connections: float | None
    answer_ms: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it at one moment. `up_seconds`: since the system's start."""

    at: str
    up_seconds: float
    window_seconds: float
    claims: Flow | None
    events: Flow | None
    notifications: Flow | None
    audit_entries: Flow | None
    projections: Flow | None
    replays: Flow | None
    snapshots: Flow | None
    http: list[Http]
    subscribers: list[Subscriber]
    queries: list[Query]
    environments: list[Environments]
    processes: list[Process]
    stores: list[Store]


def read_figures(history: History, started: float, window_s: float) -> Figures:
    """The figures at the newest sample; `started` in seconds since the epoch."""
    at = history.samples[-1].at if history.samples else started
    reading = _Reading(history, window_s)
    return Figures(
        at=datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        up_seconds=max(at - started, 0.0),
        window_seconds=window_s,
        claims=reading.flow("claims_created_total", "claim_type"),
        events=reading.flow("events_published_total", "event_type"),
        notifications=reading.flow("notifications_sent_total", "notification_type"),
        audit_entries=reading.flow("audit_entries_created_total", "event_type"),
        projections=reading.flow("projections_updated_total", "projection_type"),
        replays=reading.flow("replays_performed_total", ""),
        snapshots=reading.flow("snapshots_created_total", ""),
        http=[reading.http(one) for one in history.label_values(f"{HTTP}_count", "service")],
        subscribers=[reading.subscriber(one) for one in history.label_values("stream_lag_events", "group")],
        queries=[reading.query(one) for one in history.label_values("queries_executed_total", "query_type")],
        environments=[reading.environments(one) for one in history.label_values("lambda_environments", "function")],
        processes=[reading.process(one) for one in history.label_values("process_up", "process")],
        stores=[reading.store(one) for one in history.label_values("store_up", "store")],
    )


def sparklines(history: History, window_s: float) -> dict[str, list[Point]]:
    """What is drawn over the window: claims and events a second, and how many events wait."""
    return {
        "claims/s": history.rates("claims_created_total", window_s),
        "events/s": history.rates("events_published_total", window_s),
        "events waiting": history.series("stream_lag_events", window_s),
        "requests/s": history.rates(f"{HTTP}_count", window_s),
    }


class _Reading:
    """One look at a history."""

    def __init__(self, history: History, window_s: float) -> None:
        self._history = history
        self._window_s = window_s

    def flow(self, name: str, label: str) -> Flow | None:
        if not self._history.knows(name):
            return None
        values = self._history.label_values(name, label) if label else []
        return Flow(
            total=self._total(name),
            in_window=self._grown(name),
            per_second=self._history.rate(name, NOW_S),
            peak_per_second=self._history.peak_rate(name, self._window_s),
            by={value: self._total(name, **{label: value}) for value in values},
        )

    def http(self, service: str) -> Http:
        name = f"{HTTP}_count"
        return Http(
            service=service,
            requests_total=self._total(name, service=service),
            requests_in_window=self._grown(name, service=service),
            per_second=self._history.rate(name, NOW_S, service=service),
            p50_ms=self._quantile_ms(HTTP, 0.5, service=service),
            p95_ms=self._quantile_ms(HTTP, 0.95, service=service),
            p99_ms=self._quantile_ms(HTTP, 0.99, service=service),
            refused=self._answered(service, lambda status: status.startswith("4")),
            errors=self._answered(service, lambda status: status.startswith("5")),
        )

    def subscriber(self, group: str) -> Subscriber:
        [service] = self._history.label_values("stream_lag_events", "service", group=group)[:1]
        return Subscriber(
            service=service,
            group=group,
            processed_total=self._total("events_processed_total", service=service),
            processed_in_window=self._grown("events_processed_total", service=service),
            per_second=self._history.rate("events_processed_total", NOW_S, service=service),
            handling_p95_ms=self._quantile_ms(HANDLING, 0.95, service=service),
            delivery_p50_ms=self._quantile_ms(DELIVERY, 0.5, service=service),
            delivery_p95_ms=self._quantile_ms(DELIVERY, 0.95, service=service),
            delivery_p99_ms=self._quantile_ms(DELIVERY, 0.99, service=service),
            lag_events=self._history.largest("stream_lag_events", group=group),
            lag_seconds=self._history.largest("stream_lag_seconds", group=group),
            parked=self._history.largest("stream_parked_events", group=group),
            redelivered=self._total("stream_redeliveries_total", group=group),
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
        good = self._grown(invocations, function=function, outcome="success")
        return Environments(
            function=function,
            starting=self._total(count, function=function, state="starting"),
            idle=self._total(count, function=function, state="idle"),
            busy=self._total(count, function=function, state="busy"),
            invocations_total=self._total(invocations, function=function),
            invocations_in_window=self._grown(invocations, function=function),
            failed=self._grown(invocations, function=function) - good,
            p95_ms=self._quantile_ms("lambda_invocation_duration_seconds", 0.95, function=function),
            cold_starts=self._total("lambda_cold_starts_total", function=function),
            init_p50_ms=_ms(self._history.quantile("lambda_init_duration_seconds", 0.5, function=function)),
            memory_bytes=self._history.largest("lambda_memory_max_bytes", function=function),
        )

    def process(self, process: str) -> Process:
        cpu = self._history.rate("process_cpu_used_seconds_total", NOW_S, process=process)
        return Process(
            process=process,
            kind=self._history.label_values("process_up", "kind", process=process)[0],
            up=self._history.largest("process_up", process=process) == 1,
            memory_bytes=self._total("process_memory_bytes", process=process),
            cpu_percent=None if cpu is None else cpu * 100,
            restarts=self._total("process_restarts", process=process),
        )

    def store(self, store: str) -> Store:
        return Store(
            store=store,
            up=self._history.largest("store_up", store=store) == 1,
            memory_bytes=self._history.largest("store_memory_bytes", store=store),
            disk_bytes=self._history.largest("store_disk_bytes", store=store),
            connections=self._history.largest("store_connections", store=store),
            answer_ms=_ms(self._history.largest("store_answer_seconds", store=store)),
        )

    def _answered(self, service: str, wanted: Callable[[str], bool]) -> float:
        name = f"{HTTP}_count"
        statuses = self._history.label_values(name, "status", service=service)
        return sum(self._grown(name, service=service, status=status) for status in statuses if wanted(status))

    def _total(self, name: str, **labels: str) -> float:
        return self._history.latest(name, **labels) or 0.0

    def _grown(self, name: str, **labels: str) -> float:
        return self._history.increase(name, self._window_s, **labels) or 0.0

    def _quantile_ms(self, name: str, q: float, **labels: str) -> float | None:
        return _ms(self._history.quantile(name, q, self._window_s, **labels))


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
