"""The services, each a Deployment on its own port, and the gateway for console, parked events and Invoke API."""

from collections.abc import Sequence

from local.kubernetes.pods import Manifest, Pod, http_probes, named
from local.supervisor.plan import GATEWAY_PORT
from local.template import Function, Template

ENVIRONMENTS = 4
REPLICAS_MIN, REPLICAS_MAX = 2, 10
CPU_PERCENT = 70
FRONT_MIB, ENVIRONMENT_MIB = 256, 96  # measured: 60 to 90 an environment at rest
GRACE_S = 40  # longer than API Gateway's 29 s, after the five of leaving


def dns_name(service: str) -> str:
    """A service's name as Kubernetes takes it."""
    return service.replace("_", "-")


def service_manifests(template: Template, functions: Sequence[Function], image: str) -> list[Manifest]:
    """One service: its HTTP functions in pods of their own, more of them as there is more to do."""
    first = functions[0]
    assert first.port is not None
    pod = _pod(template, dns_name(first.service), first.service, functions, first.port, image, ENVIRONMENTS)
    return [
        _deployment(pod, replicas=None),
        _service(pod),
        _autoscaler(pod),
        named(
            "PodDisruptionBudget",
            "policy/v1",
            pod.name,
            {"minAvailable": 1, "selector": {"matchLabels": pod.labels}},
        ),
    ]


def gateway_manifests(template: Template, functions: Sequence[Function], image: str) -> list[Manifest]:
    """The gateway: one pod, since clients' requests go to the services themselves (routes.yaml)."""
    pod = _pod(template, "gateway", "gateway", functions, GATEWAY_PORT, image, environments=1)
    return [_deployment(pod, replicas=1), _service(pod)]


def _pod(
    template: Template,
    name: str,
    part: str,
    functions: Sequence[Function],
    port: int,
    image: str,
    environments: int,
) -> Pod:
    run = [*functions, *_authorizers(template, functions)]
    most = sum(max(environments, function.environments) * function.memory_mb for function in run)
    warm = sum(function.environments for function in run)
    return Pod(
        name=name,
        image=image,
        arguments=[part, "--environments", str(environments)],
        port=port,
        memory_request_mib=FRONT_MIB + warm * ENVIRONMENT_MIB,
        memory_limit_mib=FRONT_MIB + most,
        cpu_request="250m",
        grace_s=GRACE_S,
        needs_schema=any("POSTGRES_URL" in function.environment for function in run),
        leaves_slowly=True,
        probes=http_probes(port),
    )


def _authorizers(template: Template, functions: Sequence[Function]) -> list[Function]:
    """The authorizers of APIs, which every front asks in environments of its own."""
    names = {authorizer.function for api in template.apis.values() for authorizer in api.authorizers}
    return [one for one in template.functions if one.name in names and one not in functions]


def _deployment(pod: Pod, replicas: int | None) -> Manifest:
    spec: Manifest = {"selector": {"matchLabels": pod.labels}, "template": pod.template()}
    # Where an autoscaler counts the pods, a number here would undo its work at every `kubectl apply`.
    return named("Deployment", "apps/v1", pod.name, spec if replicas is None else {"replicas": replicas} | spec)


def _service(pod: Pod) -> Manifest:
    port = {"name": "http", "port": pod.port, "targetPort": "http", "appProtocol": "http"}
    return named("Service", "v1", pod.name, {"selector": pod.labels, "ports": [port]})


def _autoscaler(pod: Pod) -> Manifest:
    target = {"type": "Utilization", "averageUtilization": CPU_PERCENT}
    return named(
        "HorizontalPodAutoscaler",
        "autoscaling/v2",
        pod.name,
        {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": pod.name},
            "minReplicas": REPLICAS_MIN,
            "maxReplicas": REPLICAS_MAX,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    )
