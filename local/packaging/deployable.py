"""The template of a build: the same, but each function and layer has its zip for code."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import yaml

from local.packaging.manifest import Manifest, Package

_WIDTH = 120
_HEAD = "# Made by `./recours package` from {name}; change that one. The zips stand beside this file.\n"
_CODE = {"function": "CodeUri", "layer": "ContentUri"}
_ARCHITECTURES = {"function": "Architectures", "layer": "CompatibleArchitectures"}


def deployable(document: Mapping[str, object], manifest: Manifest) -> str:
    """The text of the template. Intrinsic functions stand in their long form, which says the same."""
    template: dict[str, Any] = deepcopy(dict(document))
    for package in manifest.packages:
        _point_to_zip(template["Resources"][package.name], package)
    common = template.get("Globals", {}).get("Function", {})
    common.pop("CodeUri", None)  # each function has its own, and the folder is not beside this file
    body = yaml.dump(template, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return _HEAD.format(name=manifest.template) + body


def _point_to_zip(resource: dict[str, Any], package: Package) -> None:
    properties = resource.setdefault("Properties", {})
    properties[_CODE[package.kind]] = f"./{package.file}"
    # Written where it holds: a global one may be another than what was packed.
    if package.kind == "function" or _ARCHITECTURES["layer"] in properties:
        properties[_ARCHITECTURES[package.kind]] = [package.architecture]
    metadata = resource.get("Metadata", {})
    metadata.pop("BuildMethod", None)  # it is built
    if not metadata:
        resource.pop("Metadata", None)


class _Dumper(yaml.SafeDumper):
    """Writes equal parts out instead of `&id001` and `*id001`, which CloudFormation does not read."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """A text with several lines as it would be written by hand."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)
