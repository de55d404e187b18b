"""What the metrics tell of invocations and execution environments, by function (its logical id in the template).

Named after what Lambda tells of a function; `lambda_` keeps them apart from the system's own. The gateway measures its
pools, a poller and what keeps schedules their own environments.
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
MEMORY_LIMIT = Gauge(
    "lambda_memory_limit_bytes", "The memory that the function has, as its template says", ["function"]
)

_OUTCOMES = {"": "success", "Sandbox.Timedout": "timeout", "Runtime.ExitError": "crash", "Runtime.OutOfMemory": "crash"}


class FunctionMeasures:
    """Counts for one function; its series are looked up once."""

    def __init__(self, function: str, memory_mb: int | None = None) -> None:
        """`memory_mb`: what its template gives it, in MB of 2^20 bytes; where it is not given, it is not told."""
        if memory_mb is not None:
            MEMORY_LIMIT.labels(function).set(memory_mb << 20)
        self._function = function
        self._duration = INVOCATION_DURATION.labels(function)
        self._wait = INVOCATION_WAIT.labels(function)
        self._cold_starts = COLD_STARTS.labels(function)
        self._init_duration = INIT_DURATION.labels(function)
        self._memory_max = MEMORY_MAX.labels(function)
        self._told: tuple[int, int, int] | None = None
        self._told_memory = -1

    def waited(self, seconds: float) -> None:
        """An invocation was given an environment, after so long."""
        self._wait.observe(seconds)

    def ended(self, error_type: str, seconds: float) -> None:
        """An invocation ended in its environment; `error_type` as `local.runtime.contract.Outcome` has it."""
        INVOCATIONS.labels(self._function, _OUTCOMES.get(error_type, "error")).inc()
        self._duration.observe(seconds)

    def refused(self, outcome: str) -> None:
        """An invocation had no environment: init_error, throttled or unavailable."""
        INVOCATIONS.labels(self._function, outcome).inc()

    def loaded(self, seconds: float) -> None:
        """An environment has loaded the function: a cold start."""
        self._cold_starts.inc()
        self._init_duration.observe(seconds)

    def environments(self, *, starting: int, idle: int, busy: int) -> None:
        """How many there are now. May be told as often as one likes."""
        told = (starting, idle, busy)
        if told != self._told:
            self._told = told
            for state, count in zip(("starting", "idle", "busy"), told, strict=True):
                ENVIRONMENTS.labels(self._function, state).set(count)

    def memory(self, used_bytes: int) -> None:
        """What the largest environment uses now. May be told as often as one likes."""
        if used_bytes != self._told_memory:
            self._told_memory = used_bytes
            self._memory_max.set(used_bytes)
