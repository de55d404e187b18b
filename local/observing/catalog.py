"""The metrics of the processes, the stores and the consumer groups, as the observer measures them from outside."""

from metrics.catalog import LOG_MEMORY_RATIO, STREAM_LAG_EVENTS, STREAM_LAG_SECONDS, STREAM_PARKED_EVENTS
from metrics.instruments import Counter, Gauge

__all__ = [
    "LOG_MEMORY_RATIO",  # the retention's too, once a minute; here it is known sooner
    "PROCESS_CPU",
    "PROCESS_MEMORY",
    "PROCESS_RESTARTS",
    "PROCESS_UP",
    "STORE_ANSWER",
    "STORE_CONNECTIONS",
    "STORE_DISK",
    "STORE_MEMORY",
    "STORE_UP",
    "STREAM_LAG_EVENTS",  # the pollers' too: one that stands still tells nothing new of itself
    "STREAM_LAG_SECONDS",
    "STREAM_PARKED_EVENTS",
]

OF_THE_LOG = frozenset(
    gauge.name for gauge in (LOG_MEMORY_RATIO, STREAM_LAG_EVENTS, STREAM_LAG_SECONDS, STREAM_PARKED_EVENTS)
)
"""What is known of the log alone, though it has no label `store`."""

PROCESS_UP = Gauge("process_up", "1 while the process runs", ["process", "kind"])
PROCESS_MEMORY = Gauge("process_memory_bytes", "Resident memory of the process", ["process", "kind"])
PROCESS_CPU = Counter("process_cpu_used_seconds_total", "Processor time of the process", ["process", "kind"])
PROCESS_RESTARTS = Gauge("process_restarts", "How often the process was started again since `up`", ["process", "kind"])

STORE_UP = Gauge("store_up", "1 while the store answers: log, archive, read_models", ["store"])
STORE_MEMORY = Gauge("store_memory_bytes", "Memory that the server says it uses", ["store"])
STORE_DISK = Gauge("store_disk_bytes", "What the store takes on disk, as the server says", ["store"])
STORE_CONNECTIONS = Gauge("store_connections", "Open connections to the server", ["store"])
STORE_ANSWER = Gauge("store_answer_seconds", "How long the server took for the simplest question", ["store"])
