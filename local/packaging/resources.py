"""What a template wants packed: its functions with code on this machine, and its layers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.packaging.errors import PackagingError
from local.packaging.target import ARCHITECTURE_DEFAULT, ARCHITECTURES, Architecture, python_of
from local.template.intrinsics import Resolver
from local.template.merging import merge_globals
from local.template.parameters import Parameters
from local.template.shapes import list_of, mapping_of, text_of
from local.template.yaml_tags import read_yaml

FUNCTION = "AWS::Serverless::Function"
LAYER = "AWS::Serverless::LayerVersion"
LAYERS_MAX = 5  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_ELSEWHERE = ("s3://", "http://", "https://")


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """A function to pack. `layers` are logical ids of the template, in its order."""

    name: str
    handler: str
    folder: Path
    layers: tuple[str, ...]
    python: str
    architecture: Architecture
    """The template's own; another one may be asked for."""


@dataclass(frozen=True, slots=True)
class LayerSource:
    """A layer to pack. `is_built`: `BuildMethod` is Python, so that its files go below `python/`, with requirements."""

    name: str
    folder: Path
    is_built: bool
    python: str
    architecture: Architecture


@dataclass(frozen=True, slots=True)
class Sources:
    """All that a template wants packed; `document` is the template as it was read, without anything resolved."""

    path: Path
    document: Mapping[str, object]
    functions: tuple[FunctionSource, ...]
    layers: tuple[LayerSource, ...]
    left_alone: tuple[str, ...]
    """Functions and layers whose code is not on this machine, or is an image or inline: they stay as they are."""


def read_sources(path: Path) -> Sources:
    """Read a template; parameters need no values. Raises TemplateError, PackagingError."""
    document = read_yaml(path)
    reader = _Reader(path, document)
    return Sources(path, document, reader.functions(), reader.layers(), reader.left_alone())


class _Reader:
    def __init__(self, path: Path, document: Mapping[str, object]) -> None:
        declared = mapping_of(document.get("Parameters"), "Parameters")
        resources = mapping_of(document.get("Resources"), "Resources")
        self._folder = path.parent
        self._resolver = Resolver(document, Parameters(declared, {}))
        self._globals = mapping_of(document.get("Globals"), "Globals")
        self._bodies = {name: mapping_of(body, name) for name, body in resources.items()}

    def functions(self) -> tuple[FunctionSource, ...]:
        packed = [name for name in self._of_type(FUNCTION) if not self._is_left_alone(name)]
        return tuple(self._function(name) for name in packed)

    def layers(self) -> tuple[LayerSource, ...]:
        packed = [name for name in self._of_type(LAYER) if not self._is_left_alone(name)]
        return tuple(self._layer(name) for name in packed)

    def left_alone(self) -> tuple[str, ...]:
        names = [*self._of_type(FUNCTION), *self._of_type(LAYER)]
        return tuple(name for name in names if self._is_left_alone(name))

    def _of_type(self, kind: str) -> list[str]:
        return [name for name, body in self._bodies.items() if body.get("Type") == kind]

    def _function(self, name: str) -> FunctionSource:
        layers = self._layers(name)
        if len(layers) > LAYERS_MAX:
            raise PackagingError(f"{name} has {len(layers)} layers, and Lambda takes {LAYERS_MAX}")
        return FunctionSource(
            name,
            self._text(name, "Handler", ""),
            self._local_folder(name, "CodeUri"),
            layers,
            python_of(self._text(name, "Runtime", "")),
            self._architecture(name, "Architectures"),
        )

    def _layer(self, name: str) -> LayerSource:
        metadata = mapping_of(self._bodies[name].get("Metadata"), f"{name}.Metadata")
        method = text_of(metadata.get("BuildMethod", ""), f"{name}.Metadata.BuildMethod")
        runtimes = self._texts(name, "CompatibleRuntimes")
        runtime = method if method.startswith("python") else next((one for one in runtimes if "python" in one), "")
        return LayerSource(
            name,
            self._local_folder(name, "ContentUri"),
            is_built=method.startswith("python"),
            python=python_of(runtime) if runtime else "",
            architecture=self._architecture(name, "CompatibleArchitectures"),
        )

    def _is_left_alone(self, name: str) -> bool:
        properties = self._properties(name)
        if properties.get("PackageType") == "Image" or "InlineCode" in properties:
            return True
        place = properties.get(_place_of(self._bodies[name]))
        return isinstance(place, dict) or (isinstance(place, str) and place.startswith(_ELSEWHERE))

    def _layers(self, name: str) -> tuple[str, ...]:
        """Those that are packed; of one that is elsewhere nothing can be told."""
        given = list_of(self._properties(name).get("Layers"), f"{name}.Layers")
        wanted = [one["Ref"] if isinstance(one, dict) and "Ref" in one else one for one in given]
        ours = {one for one in self._of_type(LAYER) if not self._is_left_alone(one)}
        return tuple(str(one) for one in wanted if isinstance(one, str) and one in ours)

    def _architecture(self, name: str, property_name: str) -> Architecture:
        given = self._texts(name, property_name) or [ARCHITECTURE_DEFAULT]
        for known in ARCHITECTURES:
            if given[0] == known:
                return known
        raise PackagingError(f"{name}.{property_name}: {given[0]} is not one of {', '.join(ARCHITECTURES)}")

    def _local_folder(self, name: str, property_name: str) -> Path:
        text = self._text(name, property_name, ".")
        folder = (self._folder / text).resolve()
        if not folder.is_dir():
            raise PackagingError(f"{name}.{property_name}: {text} is not a folder")
        return folder

    def _text(self, name: str, property_name: str, default: str) -> str:
        where = f"{name}.{property_name}"
        return text_of(self._resolver.resolve(self._properties(name).get(property_name, default), where), where)

    def _texts(self, name: str, property_name: str) -> list[str]:
        where = f"{name}.{property_name}"
        value = self._resolver.resolve(self._properties(name).get(property_name), where)
        return [text_of(one, where) for one in list_of(value, where)]

    def _properties(self, name: str) -> dict[str, object]:
        """With the globals merged, and nothing resolved: only what is asked for may need a parameter's value."""
        body = self._bodies[name]
        section = text_of(body.get("Type", ""), name).rpartition("::")[2]
        common = mapping_of(self._globals.get(section), f"Globals.{section}")
        return merge_globals(common, mapping_of(body.get("Properties"), f"{name}.Properties"))


def _place_of(body: Mapping[str, object]) -> str:
    return "CodeUri" if body.get("Type") == FUNCTION else "ContentUri"
