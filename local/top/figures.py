"""The figures that `top` shows. Times are milliseconds where the name ends in `_ms`; None is what is not known.

Quantiles are made from histogram buckets, over the window; so are the counts whose name does not end in `_total`.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flow:
    """What is counted: since the start, in the window, a second over the last ten, and the most between two looks."""

    total: float
    in_window: float
    per_second: float | None
    peak_per_second: float | None
    by_type: Mapping[str, float]
    """The total by the label that tells most: claim type, event type, notification type, …"""


@dataclass(frozen=True, slots=True)
class Http:
    """The requests that one service answered; `refused` with 4xx, `errors` with 5xx."""

    service: str
    requests_total: float
    requests_in_window: float
    per_second: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    refused: float
    errors: float


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
    lag_grows: bool
    """Whether more events wait than half a minute ago."""
    parked: float | None
    redelivered: float
    """In the window: entries that were given to the handler again."""


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
    """The execution environments of one function: ready are those that wait for work."""

    function: str
    starting: float
    ready: float
    busy: float
    invocations_total: float
    invocations_in_window: float
    throttled: float
    """In the window: those that had no environment, because there were as many as there may be."""
    failed: float
    """In the window: those that ended in any other way but well."""
    p95_ms: float | None
    cold_starts_total: float
    init_mean_ms: float | None
    memory_bytes: float | None
    """What the largest environment uses."""
    memory_limit_bytes: float | None


@dataclass(frozen=True, slots=True)
class Process:
    """One process, with its children. `state` as `status` tells it; `cpu_percent` of one core, over ten seconds."""

    process: str
    kind: str
    state: str
    memory_bytes: float | None
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
    """All of it at one moment. A flow is None where nothing that is up could count it."""

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
