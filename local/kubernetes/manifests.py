"""From a template to the files that are applied."""

from pathlib import Path

import yaml

from local.kubernetes.fronts import dns_name, gateway_manifests, service_manifests
from local.kubernetes.pods import Manifest
from local.kubernetes.pollers import log_access, poller_manifests
from local.kubernetes.routes import route_manifest
from local.kubernetes.schedules import schedule_manifests
from local.kubernetes.settings import secrets_example, settings_manifests
from local.serving.variables import Parameter, declared_parameters, with_stand_ins
from local.supervisor.plan import (
    http_functions,
    poller_names,
    schedule_names,
    scheduled_functions,
    service_ports,
    stream_functions,
)
from local.template import Function, Template, load_template

HEAD = "# Made by ./recours kubernetes from the template: change that, or patch this with kustomize.\n"
CLAIMS_URL = "ClaimsUrl"


def manifest_files(path: Path, image: str, pollers_min: int) -> dict[str, str]:
    """The text of each file by its name. Raises TemplateError."""
    parameters = declared_parameters(path)
    template = load_template(path, with_stand_ins(parameters, {}))
    known = _known(parameters, template)
    files = {"settings.yaml": [*settings_manifests(parameters, known), log_access()]}
    files |= _fronts(template, image)
    for name, function in poller_names(stream_functions(template)):
        files[f"{dns_name(name)}.yaml"] = poller_manifests(dns_name(name), function, image, pollers_min)
    for name, function in schedule_names(scheduled_functions(template)):
        files[f"{dns_name(name)}.yaml"] = schedule_manifests(dns_name(name), function, image)
    texts = {name: HEAD + _yaml(manifests) for name, manifests in files.items()}
    texts["kustomization.yaml"] = HEAD + _yaml([_kustomization(list(files))])
    texts["secrets.env.example"] = HEAD + secrets_example(parameters, known)
    return texts


def _fronts(template: Template, image: str) -> dict[str, list[Manifest]]:
    http = http_functions(template)
    services = {name: [one for one in http if one.service == name] for name in service_ports(template)}
    files = {f"{dns_name(name)}.yaml": service_manifests(template, own, image) for name, own in services.items()}
    firsts: list[Function] = [own[0] for own in services.values()]
    return {"gateway.yaml": gateway_manifests(template, http, image), "routes.yaml": [route_manifest(firsts)]} | files


def _known(parameters: tuple[Parameter, ...], template: Template) -> dict[str, str]:
    """The parameters whose values follow from the manifests themselves."""
    port = service_ports(template).get("claims")
    is_asked = any(one.name == CLAIMS_URL for one in parameters)
    return {CLAIMS_URL: f"http://claims:{port}"} if is_asked and port else {}


def _kustomization(resources: list[str]) -> Manifest:
    return {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": resources}


def _yaml(manifests: list[Manifest]) -> str:
    return yaml.dump_all(manifests, Dumper=_Plain, sort_keys=False, width=120, allow_unicode=True)


class _Plain(yaml.SafeDumper):
    """Writes what stands twice twice: a reader of manifests expects no anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        """See PyYAML."""
        return True
