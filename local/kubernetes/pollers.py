"""The event source mappings: a StatefulSet of one pod each, which KEDA starts when its group has something to do."""

from local.kubernetes.pods import HEALTH_PORT, SECRETS, Manifest, Pod, http_probes, named
from local.template import Function
from streams.group.keys import GroupKeys
from streams.mapping import EventSourceMapping

LOG_ACCESS = "recours-log"
POLL_EVERY_S, COOLDOWN_S = 5, 300
FAILURES_MAX = 3
HOURLY = {"timezone": "Etc/UTC", "start": "0 * * * *", "end": "1 * * * *", "desiredReplicas": "1"}
POLLER_MIB, ENVIRONMENT_MIB = 128, 96
ENDING_S = 30  # beside the invocation in flight
_WHY_ONE = (
    "A group is read by one process at a time: two would share the claims between them, and a claim's order would hold "
    "only as long as one of them is at work. More throughput: ParallelizationFactor, which makes lanes by claim."
)


def poller_manifests(name: str, function: Function, image: str, replicas_min: int) -> list[Manifest]:
    """One mapping. `replicas_min` 0: nothing runs while nothing waits, and what comes then waits for a pod's start."""
    assert function.mapping is not None
    mapping = EventSourceMapping.from_metadata(function.name, function.mapping)
    pod = Pod(
        name=name,
        image=image,
        arguments=["poller", function.name],
        port=HEALTH_PORT,
        memory_request_mib=POLLER_MIB + mapping.lanes * ENVIRONMENT_MIB,
        memory_limit_mib=2 * POLLER_MIB + mapping.lanes * function.memory_mb,
        cpu_request="100m",
        grace_s=function.timeout_s + ENDING_S,
        needs_schema="POSTGRES_URL" in function.environment,
        keeps_data=True,
        probes=http_probes(HEALTH_PORT),
    )
    return [_stateful_set(pod), _headless_service(pod), _scaled_object(pod, mapping, replicas_min)]


def log_access() -> Manifest:
    """How KEDA reaches the log: keys of the same Secret that the pods read."""
    targets = [
        {"parameter": parameter, "name": SECRETS, "key": key}
        for parameter, key in (("address", "REDIS_ADDRESS"), ("password", "REDIS_PASSWORD"))
    ]
    return named("TriggerAuthentication", "keda.sh/v1alpha1", LOG_ACCESS, {"secretTargetRef": targets})


def _stateful_set(pod: Pod) -> Manifest:
    """Not a Deployment: of a StatefulSet's pod there is never a second one before the first is known to be gone.

    Its volume keeps the group's checkpoint, from which a group that was lost with the log is made again.
    """
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return named(
        "StatefulSet",
        "apps/v1",
        pod.name,
        {
            "serviceName": pod.name,
            "selector": {"matchLabels": pod.labels},
            "template": pod.template(),
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim}],
        },
    )


def _headless_service(pod: Pod) -> Manifest:
    port = {"name": "http", "port": pod.port, "targetPort": "http"}
    return named("Service", "v1", pod.name, {"clusterIP": "None", "selector": pod.labels, "ports": [port]})


def _scaled_object(pod: Pod, mapping: EventSourceMapping, replicas_min: int) -> Manifest:
    """Active while anything is unread, unacknowledged, or asked to be retried by a person.

    And for a minute an hour: the lag of a group that was made again in the midst of the stream is unknown to the
    server until somebody has read to its end, and unknown looks like nothing.

    Source: the pages of KEDA's scalers "Redis Streams", "Redis Lists" (which counts hashes too) and "Cron". KEDA 2.17
    or newer: 2.16 takes no activationLagCount of 0, and a lone event would wait for the next.
    """
    group = {"stream": mapping.stream, "consumerGroup": mapping.group}
    batch = str(mapping.batch_size)
    retries = GroupKeys(mapping.stream, mapping.group).retry
    return named(
        "ScaledObject",
        "keda.sh/v1alpha1",
        pod.name,
        {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": pod.name},
            "pollingInterval": POLL_EVERY_S,
            "cooldownPeriod": COOLDOWN_S,
            "minReplicaCount": replicas_min,
            "maxReplicaCount": 1,
            # Where KEDA cannot ask the log, it must not end the one that can.
            "fallback": {"failureThreshold": FAILURES_MAX, "replicas": 1},
            "triggers": [
                _trigger("redis-streams", group | {"lagCount": batch, "activationLagCount": "0"}),
                _trigger("redis-streams", group | {"pendingEntriesCount": batch}),
                _trigger("redis", {"listName": retries, "listLength": "1", "activationListLength": "0"}),
                {"type": "cron", "metadata": HOURLY},
            ],
        },
        annotations={"recours/why-one-replica": _WHY_ONE},
    )


def _trigger(kind: str, metadata: dict[str, str]) -> Manifest:
    return {"type": kind, "metadata": metadata, "authenticationRef": {"name": LOG_ACCESS}}
