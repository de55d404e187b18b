"""What the metrics tell of invocations and execution environments, by function (its logical id in the template).

Named after what Lambda tells of a function; `lambda_` keeps them apart from the system's own.
"""

from metrics.instruments import Counter, Gauge, Histogram

INVOCATIONS = Counter(
    "lambda_invocations_total",
    "By their end: success, error (the function's), timeout, crash, init_error, throttled, unavailable",
    ["function", "outcome"],
)
INVOCATION_DURATION = Histogram(
    "lambda_invocation_duration_seconds", "From an environment's being given an invocation to its answer", ["function"]
)
INVOCATION_WAIT = Histogram(
    "lambda_invocation_wait_seconds", "How long an invocation waited for an environment", ["function"]
)
COLD_STARTS = Counter("lambda_cold_starts_total", "Environments that loaded their function", ["function"])
INIT_DURATION = Histogram(
    "lambda_init_duration_seconds", "From an environment's start to its being ready", ["function"]
)
ENVIRONMENTS = Gauge("lambda_environments", "Environments by state: starting, idle, busy", ["function", "state"])
MEMORY_MAX = Gauge(
    "lambda_memory_max_bytes", "The most memory that any of the function's environments uses", ["function"]
)
