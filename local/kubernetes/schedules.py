"""What keeps the schedules: one pod a function, since two would invoke it twice."""

from local.kubernetes.pods import HEALTH_PORT, Manifest, Pod, http_probes, named
from local.template import Function

KEEPER_MIB, ENVIRONMENT_MIB = 128, 96
ENDING_S = 30


def schedule_manifests(name: str, function: Function, image: str) -> list[Manifest]:
    """A Deployment and not a CronJob: each minute a pod of its own would take longer to start than to work."""
    pod = Pod(
        name=name,
        image=image,
        arguments=["schedule", function.name],
        port=HEALTH_PORT,
        memory_request_mib=KEEPER_MIB + ENVIRONMENT_MIB,
        memory_limit_mib=2 * KEEPER_MIB + function.memory_mb,
        cpu_request="50m",
        grace_s=function.timeout_s + ENDING_S,
        needs_schema="POSTGRES_URL" in function.environment,
        probes=http_probes(HEALTH_PORT),
    )
    spec = {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": pod.labels},
        "template": pod.template(),
    }
    return [named("Deployment", "apps/v1", name, spec)]
