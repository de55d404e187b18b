"""Every metric of the system, by the names and labels that dashboards and alerts rely on.

Label values are few: event types, statuses, routes; never claim or customer ids. Durations are seconds.
"""

from metrics.instruments import WAITING_BUCKETS, Counter, Gauge, Histogram

EVENTS_PUBLISHED = Counter("events_published_total", "Events appended to the log", ["event_type"])
EVENTS_PROCESSED = Counter(
    "events_processed_total",
    "Events handled to their end; one that is delivered again counts again",
    ["service", "event_type"],
)
EVENT_PROCESSING_DURATION = Histogram(
    "event_processing_duration_seconds",
    "From the start of an event's handling to its end; a batch handled together counts its mean",
    ["service", "event_type"],
)
EVENT_DELIVERY_DURATION = Histogram(
    "event_delivery_duration_seconds",
    "From an event's timestamp to the end of its handling by a subscriber, its wait in the log included",
    ["service", "event_type"],
    buckets=WAITING_BUCKETS,
)

CLAIMS_CREATED = Counter("claims_created_total", "Claims created", ["claim_type"])
CLAIMS_CREATED_BY_URGENCY = Counter("claims_created_by_urgency_total", "Claims created", ["urgency"])
CLAIMS_IN_STATUS = Gauge(
    "claims_in_status", "Claims as the read models have them, counted when asked", ["claim_type", "status"]
)
CLAIMS_STATUS_CHANGES = Counter(
    "claims_status_changes_total", "Status changes, `none` before creation", ["from_status", "to_status"]
)
NOTIFICATIONS_SENT = Counter(
    "notifications_sent_total", "Notifications handed to a provider", ["notification_type", "event_type"]
)
NOTIFICATIONS_FAILED = Counter(
    "notifications_failed_total",
    "Notifications that a provider refused for good",
    ["notification_type", "event_type"],
)
AUDIT_ENTRIES_CREATED = Counter("audit_entries_created_total", "Entries added to the audit trail", ["event_type"])

PROJECTIONS_UPDATED = Counter("projections_updated_total", "Read model rows written", ["projection_type"])
QUERIES_EXECUTED = Counter("queries_executed_total", "Queries answered", ["query_type"])
QUERY_DURATION = Histogram("query_duration_seconds", "Time of a query", ["query_type"])
REPLAYS_PERFORMED = Counter("replays_performed_total", "Claims rebuilt from the archive")
SNAPSHOTS_CREATED = Counter("snapshots_created_total", "Snapshots written")

HTTP_REQUEST_DURATION = Histogram(
    "http_request_duration_seconds",
    "Time of an HTTP invocation inside the function",
    ["service", "method", "route", "status"],
)

STREAM_LAG_EVENTS = Gauge("stream_lag_events", "Events appended and not yet acknowledged by the group", ["group"])
STREAM_LAG_SECONDS = Gauge("stream_lag_seconds", "Age of the oldest event the group has not acknowledged", ["group"])
STREAM_PARKED_EVENTS = Gauge(
    "stream_parked_events", "Events set aside for the group, which wait for a person", ["group"]
)
STREAM_REDELIVERIES = Counter("stream_redeliveries_total", "Entries given to a handler again", ["group"])

UPSTREAM_REQUESTS = Counter(
    "upstream_requests_total",
    "Questions to the order and customer systems: found, not_found, unavailable, not_asked (open circuit)",
    ["upstream", "outcome"],
)
UPSTREAM_REQUEST_DURATION = Histogram(
    "upstream_request_duration_seconds", "Time of a question to another system, with its retries", ["upstream"]
)
CLAIMS_ENRICHED = Counter("claims_enriched_total", "Claims whose context was learnt after they were made")
CONTEXTS_WAITING = Gauge("claims_contexts_waiting", "Claims whose context waits for the order or customer system")

LOG_TRIMMED_ENTRIES = Counter(
    "log_trimmed_entries_total", "Entries removed from the log by retention; the archive has them", ["stream"]
)
CLAIMS_COOLED = Counter("claims_cooled_total", "Closed claims whose events are in the archive only")
RETENTION_STOPS = Counter("retention_stops_total", "Sweeps that removed nothing more because of a problem", ["reason"])
LOG_MEMORY_RATIO = Gauge("log_memory_ratio", "The part of the log's memory limit that is in use")
