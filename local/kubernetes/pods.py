"""What every pod of the system has: the image, its rights (none), its settings, and where it may write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Manifest: TypeAlias = dict[str, Any]

SETTINGS, SECRETS, ACCOUNT = "recours-settings", "recours-secrets", "recours"
USER_ID = 10001  # the image's
HEALTH_PORT = 9100
_PART_OF = "app.kubernetes.io/part-of"
_NAME = "app.kubernetes.io/name"


@dataclass(frozen=True)
class Pod:
    """One kind of pod. `arguments` are those of `serve`; memory in MiB, times in seconds.

    `needs_schema`: the read models' schema is brought up to date before it starts. `keeps_data`: /data outlives the
    pod (the volume `data` is then its owner's to define).
    """

    name: str
    image: str
    arguments: Sequence[str]
    port: int
    memory_request_mib: int
    memory_limit_mib: int
    cpu_request: str
    grace_s: int
    needs_schema: bool = False
    keeps_data: bool = False
    leaves_slowly: bool = False
    probes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, str]:
        """What selects these pods."""
        return {_NAME: self.name, _PART_OF: "recours"}

    def template(self) -> Manifest:
        """The pod template of a Deployment or a StatefulSet."""
        annotations = {"prometheus.io/scrape": "true", "prometheus.io/port": str(self.port)}
        return {"metadata": {"labels": self.labels, "annotations": annotations}, "spec": self._spec()}

    def _spec(self) -> Manifest:
        spec: Manifest = {
            "serviceAccountName": ACCOUNT,
            "automountServiceAccountToken": False,
            # Variables such as CLAIMS_PORT for every Service beside us would be taken for settings of ours.
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": self.grace_s,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER_ID,
                "runAsGroup": USER_ID,
                "fsGroup": USER_ID,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "kubernetes.io/hostname",
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": {"matchLabels": self.labels},
                }
            ],
        }
        if self.needs_schema:
            spec["initContainers"] = [self._migrating()]
        spec["containers"] = [self._container()]
        spec["volumes"] = [{"name": "tmp", "emptyDir": {}}]
        if not self.keeps_data:
            spec["volumes"].append({"name": "data", "emptyDir": {"sizeLimit": "512Mi"}})
        return spec

    def _container(self) -> Manifest:
        container = self._common("recours", ["serve", *self.arguments]) | {
            "ports": [{"name": "http", "containerPort": self.port}],
            **self.probes,
            "resources": {
                "requests": {"cpu": self.cpu_request, "memory": f"{self.memory_request_mib}Mi"},
                "limits": {"memory": f"{self.memory_limit_mib}Mi"},
            },
        }
        if self.leaves_slowly:
            # Until every node knows that this pod is leaving, requests still come.
            container["lifecycle"] = {"preStop": {"exec": {"command": ["sleep", "5"]}}}
        return container

    def _migrating(self) -> Manifest:
        return self._common("migrate", ["serve", "migrate"]) | {
            "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}}
        }

    def _common(self, name: str, arguments: Sequence[str]) -> Manifest:
        return {
            "name": name,
            "image": self.image,
            "args": list(arguments),
            "envFrom": [{"configMapRef": {"name": SETTINGS}}, {"secretRef": {"name": SECRETS}}],
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}, {"name": "data", "mountPath": "/data"}],  # noqa: S108
        }


def http_probes(port: int) -> dict[str, Any]:
    """When a pod gets requests, and when it is started again.

    `/health` and not `/health/ready`: with a store away every pod would be taken out, and clients would get refused
    connections in place of 503 with Retry-After. `/health` is an invocation like any other, so a pod that is only busy
    answers it late: it gets no more requests for a while, and is ended only after five minutes of that.
    """
    health = {"httpGet": {"path": "/health", "port": port}, "timeoutSeconds": 5}
    return {
        "startupProbe": health | {"periodSeconds": 2, "failureThreshold": 60},
        "readinessProbe": health | {"periodSeconds": 5, "failureThreshold": 3},
        "livenessProbe": health | {"periodSeconds": 10, "failureThreshold": 30},
    }


def named(kind: str, version: str, name: str, spec: Manifest, annotations: Mapping[str, str] | None = None) -> Manifest:
    """One object of the system."""
    metadata: Manifest = {"name": name, "labels": {_NAME: name, _PART_OF: "recours"}}
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
