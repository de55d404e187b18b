from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cli.kubernetes_options import GENERATED, IMAGE_DEFAULT
from local.cli.main import run
from local.kubernetes.files import differences, write_files
from local.kubernetes.manifests import manifest_files
from local.paths import DEFAULT_TEMPLATE
from local.serving.variables import declared_parameters, with_stand_ins
from local.supervisor.plan import scheduled_functions, service_ports, stream_functions
from local.template import load_template

PARAMETERS = declared_parameters(DEFAULT_TEMPLATE)
TEMPLATE = load_template(DEFAULT_TEMPLATE, with_stand_ins(PARAMETERS, {}))
FILES = manifest_files(DEFAULT_TEMPLATE, IMAGE_DEFAULT, pollers_min=0)
OBJECTS: list[dict[str, Any]] = [
    one for name, text in FILES.items() if name.endswith(".yaml") for one in yaml.safe_load_all(text)
]
PODS = [one for one in OBJECTS if one["kind"] in ("Deployment", "StatefulSet")]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] == kind}


def container_of(workload: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = workload["spec"]["template"]["spec"]["containers"][0]
    return container


def test_what_is_committed_is_what_the_template_makes() -> None:
    assert differences(GENERATED, FILES) == [], "./recours kubernetes"


def test_every_service_has_a_deployment_behind_its_own_port() -> None:
    for service, port in service_ports(TEMPLATE).items():
        name = service.replace("_", "-")
        assert container_of(of_kind("Deployment")[name])["args"][:2] == ["serve", service]
        assert of_kind("Service")[name]["spec"]["ports"][0]["port"] == port
        assert of_kind("HorizontalPodAutoscaler")[name]["spec"]["scaleTargetRef"]["name"] == name
        assert of_kind("PodDisruptionBudget")[name]["spec"]["minAvailable"] == 1


def test_what_an_autoscaler_counts_has_no_number_of_its_own() -> None:
    scaled = {*of_kind("HorizontalPodAutoscaler"), *of_kind("ScaledObject")}
    assert all("replicas" not in one["spec"] for one in PODS if one["metadata"]["name"] in scaled)


def test_every_mapping_is_polled_by_one_pod_at_most_that_keeps_its_checkpoint() -> None:
    sets = of_kind("StatefulSet")
    assert sorted(container_of(one)["args"][2] for one in sets.values()) == sorted(
        function.name for function in stream_functions(TEMPLATE)
    )
    for name, one in sets.items():
        assert of_kind("ScaledObject")[name]["spec"]["maxReplicaCount"] == 1
        assert one["spec"]["volumeClaimTemplates"][0]["metadata"]["name"] == "data"
        assert "data" not in [volume["name"] for volume in one["spec"]["template"]["spec"]["volumes"]]


def test_keda_asks_for_the_group_that_the_poller_reads() -> None:
    audit = of_kind("ScaledObject")["audit-poller"]["spec"]
    lag, pending, retries, hourly = audit["triggers"]
    group = {"stream": "events:all", "consumerGroup": "audit-service"}
    assert lag["metadata"] == group | {"lagCount": "500", "activationLagCount": "0"}
    assert pending["metadata"] == group | {"pendingEntriesCount": "500"}
    assert retries["metadata"]["listName"] == "events:parked:audit-service:retry"
    assert hourly["type"] == "cron"
    assert audit["scaleTargetRef"]["kind"] == "StatefulSet"
    assert audit["fallback"]["replicas"] == 1


def test_keda_reaches_the_log_by_the_secret_alone() -> None:
    targets = of_kind("TriggerAuthentication")["recours-log"]["spec"]["secretTargetRef"]
    keys = {target["key"] for target in targets}
    assert keys <= {line.partition("=")[0] for line in FILES["secrets.env.example"].splitlines()}


@pytest.mark.parametrize("least", [0, 1])
def test_the_least_number_of_pollers_is_a_choice(least: int) -> None:
    text = manifest_files(DEFAULT_TEMPLATE, "recours", pollers_min=least)["audit-poller.yaml"]
    assert f"minReplicaCount: {least}\n" in text


def test_every_schedule_is_kept_by_one_pod() -> None:
    kept = [one for one in of_kind("Deployment").values() if container_of(one)["args"][1] == "schedule"]
    assert sorted(container_of(one)["args"][2] for one in kept) == sorted(
        function.name for function in scheduled_functions(TEMPLATE)
    )
    assert all(one["spec"]["replicas"] == 1 and one["spec"]["strategy"]["type"] == "Recreate" for one in kept)


@pytest.mark.parametrize("workload", PODS, ids=lambda one: str(one["metadata"]["name"]))
def test_no_pod_has_a_right_that_it_does_not_need(workload: dict[str, Any]) -> None:
    spec = workload["spec"]["template"]["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    for container in [*spec["containers"], *spec.get("initContainers", [])]:
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("workload", PODS, ids=lambda one: str(one["metadata"]["name"]))
def test_a_pod_is_selected_by_its_labels_and_asked_on_the_port_that_it_has(workload: dict[str, Any]) -> None:
    template = workload["spec"]["template"]
    assert workload["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    container = container_of(workload)
    port = container["ports"][0]["containerPort"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] == port


def test_a_pod_has_longer_to_end_than_its_function_may_run() -> None:
    for one in PODS:
        kind, name = container_of(one)["args"][1:3]
        if kind in ("poller", "schedule"):
            limit = TEMPLATE.function(name).timeout_s
            assert one["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > limit


def test_who_reads_the_read_models_brings_their_schema_up_to_date_first() -> None:
    migrating = {one["metadata"]["name"] for one in PODS if "initContainers" in one["spec"]["template"]["spec"]}
    assert migrating == {"gateway", "projection", "projection-poller", "query"}


def test_every_parameter_is_given_once_and_no_secret_is_a_setting() -> None:
    settings = of_kind("ConfigMap")["recours-settings"]["data"]
    secrets = {line.partition("=")[0] for line in FILES["secrets.env.example"].splitlines() if "=" in line}
    variables = {one.variable for one in PARAMETERS}
    assert variables == settings.keys() | (secrets & variables)
    assert not settings.keys() & secrets
    assert {one.variable for one in PARAMETERS if one.is_secret} <= secrets
    assert settings["CLAIMS_URL"] == "http://claims:8101"


def test_every_base_path_leads_to_its_service() -> None:
    rules = of_kind("HTTPRoute")["recours"]["spec"]["rules"]
    led = {rule["matches"][0]["path"]["value"]: rule["backendRefs"][0] for rule in rules[:-1]}
    assert led["/event-store-service"] == {"name": "event-store", "port": 8106}
    assert len(led) == len(service_ports(TEMPLATE))
    assert "matches" not in rules[-1]


def test_every_file_is_applied() -> None:
    listed = yaml.safe_load(FILES["kustomization.yaml"])["resources"]
    assert sorted(listed) == sorted(name for name in FILES if name.endswith(".yaml") and name != "kustomization.yaml")


def test_manifests_of_an_earlier_template_go(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.yaml": "1\n", "b.yaml": "2\n"})
    write_files(tmp_path, {"a.yaml": "3\n"})
    assert [file.name for file in tmp_path.iterdir()] == ["a.yaml"]
    assert differences(tmp_path, {"a.yaml": "3\n"}) == []


def test_check_names_what_is_not_as_it_should_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--out", str(tmp_path)]
    assert run(["kubernetes", *out]) == 0
    assert run(["kubernetes", *out, "--check"]) == 0
    (tmp_path / "audit.yaml").write_text("")
    (tmp_path / "more.yaml").write_text("")
    assert run(["kubernetes", *out, "--check"]) == 1
    assert "audit.yaml, more.yaml" in capsys.readouterr().err
    assert run(["kubernetes", *out, "--check", "--image", "other"]) == 1
