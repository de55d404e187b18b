"""The template's parameters as a ConfigMap and a Secret, and who the pods are to the cluster."""

from collections.abc import Mapping, Sequence

from local.kubernetes.pods import ACCOUNT, SETTINGS, Manifest, named
from local.serving.variables import Parameter

FOR_KEDA = {"REDIS_ADDRESS": "host:port of REDIS_URL, for KEDA", "REDIS_PASSWORD": "its password, for KEDA"}


def settings_manifests(parameters: Sequence[Parameter], known: Mapping[str, str]) -> list[Manifest]:
    """What is no secret, each by its default or, by parameter, from `known`; and the pods' account, with no rights."""
    data = {one.variable: known.get(one.name, one.default or "") for one in parameters if _is_setting(one, known)}
    settings = named("ConfigMap", "v1", SETTINGS, {})
    account = named("ServiceAccount", "v1", ACCOUNT, {})
    for manifest in (settings, account):
        del manifest["spec"]
    return [account | {"automountServiceAccountToken": False}, settings | {"data": data}]


def secrets_example(parameters: Sequence[Parameter], known: Mapping[str, str]) -> str:
    """A file for `kubectl create secret generic recours-secrets --from-env-file`, its values left out."""
    needed = [one.variable for one in parameters if one.default is None and not _is_setting(one, known)]
    optional = [one.variable for one in parameters if one.default is not None and not _is_setting(one, known)]
    lines = [f"{name}=" for name in needed]
    lines += [line for name, text in FOR_KEDA.items() for line in (f"# {text}", f"{name}=")]
    lines += ["# As the system needs them:", *(f"{name}=" for name in optional)]
    return "".join(f"{line}\n" for line in lines)


def _is_setting(parameter: Parameter, known: Mapping[str, str]) -> bool:
    return parameter.name in known or (parameter.default is not None and not parameter.is_secret)
