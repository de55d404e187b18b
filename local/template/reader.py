"""`load_template`: from a SAM file and parameter values to the functions that it describes."""

from collections.abc import Mapping
from pathlib import Path

from local.template.functions import local_folder, read_function
from local.template.intrinsics import Resolver
from local.template.merging import merge_globals
from local.template.model import Function, Template, TemplateError
from local.template.parameters import Parameters
from local.template.shapes import mapping_of, refuse_unknown, text_of
from local.template.yaml_tags import read_yaml

SECTIONS = frozenset(
    [
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Globals",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    ]
)
ATTRIBUTES = frozenset(
    ["Condition", "Connectors", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdateReplacePolicy"]
)
FUNCTION = "AWS::Serverless::Function"
LAYER = "AWS::Serverless::LayerVersion"
# The routes come from the functions' events; of an API resource only what changes no answer may be said.
APIS = {
    "AWS::Serverless::Api": frozenset(
        [
            "AccessLogSetting",
            "Description",
            "EndpointConfiguration",
            "MethodSettings",
            "Name",
            "OpenApiVersion",
            "PropagateTags",
            "StageName",
            "Tags",
            "TracingEnabled",
        ]
    ),
    "AWS::Serverless::HttpApi": frozenset(
        [
            "AccessLogSettings",
            "DefaultRouteSettings",
            "Description",
            "Name",
            "PropagateTags",
            "RouteSettings",
            "StageName",
            "Tags",
        ]
    ),
}
GLOBALS = frozenset({"Api", "Function", "HttpApi", "LayerVersion"})


def load_template(path: Path, parameters: Mapping[str, str]) -> Template:
    """Read a SAM template.

    `parameters` gives values by name; a declared parameter that is used and has neither a value nor a default is an
    error, and a name that the template does not declare is left alone. Raises TemplateError.
    """
    document = read_yaml(path)
    refuse_unknown(document, SECTIONS, path.name)
    return _Reader(path, document, parameters).template()


class _Reader:
    """One reading of one template: what its steps share."""

    def __init__(self, path: Path, document: Mapping[str, object], parameters: Mapping[str, str]) -> None:
        declared = mapping_of(document.get("Parameters"), "Parameters")
        self._path = path
        self._document = document
        self._resolver = Resolver(document, Parameters(declared, parameters))
        self._globals = mapping_of(document.get("Globals"), "Globals")
        refuse_unknown(self._globals, GLOBALS, "Globals")
        self._resources = self._wanted_resources()

    def template(self) -> Template:
        self._check_apis()
        layers = {name: self._layer(name) for name in self._of_type(LAYER)}
        return Template(
            path=self._path,
            description=text_of(self._document.get("Description", ""), "Description"),
            functions=tuple(self._function(name, layers) for name in self._of_type(FUNCTION)),
            not_emulated=self._not_emulated(),
        )

    def _wanted_resources(self) -> dict[str, dict[str, object]]:
        resources = mapping_of(self._document.get("Resources"), "Resources")
        bodies = {name: mapping_of(body, name) for name, body in resources.items()}
        for name, body in bodies.items():
            refuse_unknown(body, ATTRIBUTES, name)
        return {name: body for name, body in bodies.items() if self._is_wanted(name, body)}

    def _is_wanted(self, name: str, body: Mapping[str, object]) -> bool:
        condition = body.get("Condition")
        return condition is None or self._resolver.holds(text_of(condition, name), f"{name}.Condition")

    def _of_type(self, kind: str) -> list[str]:
        return [name for name, body in self._resources.items() if body.get("Type") == kind]

    def _properties(self, name: str) -> dict[str, object]:
        body = self._resources[name]
        section = text_of(body.get("Type", ""), name).rpartition("::")[2]
        common = mapping_of(self._globals.get(section), f"Globals.{section}")
        merged = merge_globals(common, mapping_of(body.get("Properties"), f"{name}.Properties"))
        return mapping_of(self._resolver.resolve(merged, f"{name}.Properties"), name)

    def _layer(self, name: str) -> Path:
        return local_folder(
            self._properties(name).get("ContentUri", "."), self._path.parent, f"{name}.Properties.ContentUri"
        )

    def _function(self, name: str, layers: Mapping[str, Path]) -> Function:
        metadata = self._resolver.resolve(self._resources[name].get("Metadata"), f"{name}.Metadata")
        return read_function(
            name, self._properties(name), mapping_of(metadata, f"{name}.Metadata"), layers, self._path.parent
        )

    def _check_apis(self) -> None:
        for kind, known in APIS.items():
            for name in self._of_type(kind):
                refuse_unknown(self._properties(name), known, f"{name}.Properties")

    def _not_emulated(self) -> tuple[str, ...]:
        others = []
        for name, body in self._resources.items():
            kind = text_of(body.get("Type", ""), f"{name}.Type")
            if kind in (FUNCTION, LAYER, *APIS):
                continue
            if kind.startswith("AWS::Serverless::"):
                raise TemplateError(f"{name}.Type: {kind} is not supported by the emulator")
            others.append(f"{name} ({kind})")
        return tuple(others)
