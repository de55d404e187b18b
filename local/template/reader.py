"""`load_template`: from a SAM file and parameter values to the functions that it describes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.template.apis import IMPLICIT, ReadApi, read_api
from local.template.functions import Surroundings, read_function
from local.template.intrinsics import Resolver
from local.template.known import (
    CLOUD_TYPES,
    FUNCTION,
    GLOBALS,
    HTTP_API,
    KNOWN,
    LAYER,
    REFUSED_TYPES,
    REST_API,
    STATE_MACHINE,
    refusal,
)
from local.template.layers import read_layer
from local.template.merging import merge_globals, without_ignored
from local.template.model import Api, ApiKind, Function, Template, TemplateError
from local.template.parameters import Parameters
from local.template.problems import Problems
from local.template.properties import Properties
from local.template.shapes import list_of, mapping_of, refuse_unknown, text_of
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
TRANSFORMS = frozenset({"AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"})
ATTRIBUTES = frozenset(
    [
        "Condition",
        "Connectors",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "IgnoreGlobals",
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
    ]
)
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]+")
API_KINDS: Mapping[str, ApiKind] = {REST_API: "rest", HTTP_API: "http"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A template as far as it could be read, and all that is wrong with it."""

    template: Template
    problems: tuple[TemplateError, ...]
    properties: Mapping[str, tuple[str, Properties]]
    """By logical id: the type and the properties, globals merged, of each resource of a type that is emulated."""
    types: Mapping[str, str]
    """By logical id, of every resource that is there."""


def load_template(path: Path, parameters: Mapping[str, str], *, leave_out_events: bool = False) -> Template:
    """Read a SAM template.

    `parameters` gives values by name; a declared parameter that is used and has neither a value nor a default is an
    error, and a name that the template does not declare is left alone. With `leave_out_events` event sources that are
    not emulated are named in `not_emulated` instead of refused. Raises TemplateError with the first problem.
    """
    reading = read_template(path, parameters, leave_out_events=leave_out_events)
    if reading.problems:
        first, others = reading.problems[0], len(reading.problems) - 1
        more = f" ({others} more: ./recours template check {path.name})" if others else ""
        raise TemplateError(f"{first}{more}")
    return reading.template


def read_template(path: Path, parameters: Mapping[str, str], *, leave_out_events: bool = False) -> Reading:
    """As load_template, but going on after a problem. Raises TemplateError for a file that is no template at all."""
    document = read_yaml(path)
    return _Reader(path, document, parameters, leave_out_events).reading()


class _Reader:
    """One reading of one template: what its steps share."""

    def __init__(
        self, path: Path, document: Mapping[str, object], parameters: Mapping[str, str], leave_out_events: bool
    ) -> None:
        declared = mapping_of(document.get("Parameters"), "Parameters")
        self._path = path
        self._document = document
        self._leave_out_events = leave_out_events
        self._problems = Problems()
        self._implicit_problems: dict[str, list[TemplateError]] = {}
        self._resolver = Resolver(document, Parameters(declared, parameters))
        self._globals = mapping_of(document.get("Globals"), "Globals")
        self._resources = self._wanted_resources()
        self._properties: dict[str, tuple[str, Properties]] = {}

    def reading(self) -> Reading:
        attempt = self._problems.attempt
        attempt(None, refuse_unknown, self._document, SECTIONS, self._path.name)
        attempt(None, self._refuse_transforms)
        attempt(None, refuse_unknown, self._globals, GLOBALS, "Globals")
        functions = self._of_type(FUNCTION)
        apis = self._apis(functions)
        own_apis = frozenset(name for name in apis if name in self._resources)
        layers = {name: attempt(None, self._layer, name) for name in self._of_type(LAYER)}
        around = Surroundings(self._path.parent, layers, apis, self._leave_out_events)
        read = self._functions(functions, around)
        self._problems.found += _led_to_twice([function for function, _ in read])
        used = _used(apis, own_apis, [function for function, _ in read])
        for name in used:
            self._problems.found += self._implicit_problems.get(name, ())
        left_out = [event for _, events in read for event in events]
        template = Template(
            path=self._path,
            description=attempt("", text_of, self._document.get("Description", ""), "Description"),
            functions=tuple(function for function, _ in read),
            not_emulated=(*self._not_emulated(), *left_out),
            apis=used,
        )
        types = {name: str(body.get("Type", "")) for name, body in self._resources.items()}
        return Reading(template, tuple(self._problems.found), self._properties, types)

    def _functions(self, names: list[str], around: Surroundings) -> list[tuple[Function, tuple[str, ...]]]:
        read = [self._problems.attempt(None, self._function, name, around) for name in names]
        return [one for one in read if one is not None]

    def _refuse_transforms(self) -> None:
        value = self._document.get("Transform")
        for one in [value] if isinstance(value, str) else list_of(value, "Transform"):
            if one not in TRANSFORMS:
                raise TemplateError(f"Transform: {one} is not supported by the emulator")

    def _wanted_resources(self) -> dict[str, dict[str, object]]:
        resources = mapping_of(self._document.get("Resources"), "Resources")
        bodies = {name: self._problems.attempt(None, _body, name, body) for name, body in resources.items()}
        return {
            name: body
            for name, body in bodies.items()
            if body is not None and self._problems.attempt(False, self._is_wanted, name, body)
        }

    def _is_wanted(self, name: str, body: Mapping[str, object]) -> bool:
        condition = body.get("Condition")
        return condition is None or self._resolver.holds(text_of(condition, name), f"{name}.Condition")

    def _of_type(self, kind: str) -> list[str]:
        return [name for name, body in self._resources.items() if body.get("Type") == kind]

    def _merged(self, name: str, kind: str) -> Properties:
        """The properties with the globals, those that are not known being problems. Raises TemplateError."""
        body = self._resources[name]
        section = kind.rpartition("::")[2]
        common = without_ignored(mapping_of(self._globals.get(section), f"Globals.{section}"), body, name)
        own = Properties(body.get("Properties"), f"{name}.Properties", self._resolver)
        given = Properties(merge_globals(common, own.raw), own.where, self._resolver)
        self._properties[name] = kind, given
        self._problems.found += _unknown(kind, given)
        return given

    def _layer(self, name: str) -> Path:
        metadata = self._metadata(name)
        method = metadata.get("BuildMethod")
        build_method = None if method is None else text_of(method, metadata.place("BuildMethod"))
        return read_layer(self._merged(name, LAYER), self._path.parent, build_method)

    def _function(self, name: str, around: Surroundings) -> tuple[Function, tuple[str, ...]]:
        function, events = read_function(
            name, self._merged(name, FUNCTION), self._metadata(name), around, self._problems
        )
        return function, events.left_out

    def _metadata(self, name: str) -> Properties:
        return Properties(self._resources[name].get("Metadata"), f"{name}.Metadata", self._resolver)

    def _apis(self, functions: list[str]) -> dict[str, ReadApi]:
        """The APIs by logical id, the implicit ones among them."""
        named = [(name, kind) for kind in API_KINDS for name in self._of_type(kind)]
        read = {name: self._problems.attempt(None, self._api, name, kind, functions) for name, kind in named}
        implicit = {name: self._implicit(name, kind, functions) for kind, name in IMPLICIT.items() if name not in read}
        return {name: api for name, api in (read | implicit).items() if api is not None}

    def _api(self, name: str, kind: str, functions: list[str]) -> ReadApi:
        return read_api(name, API_KINDS[kind], self._merged(name, kind), functions, self._problems)

    def _implicit(self, name: str, kind: ApiKind, functions: list[str]) -> ReadApi:
        """The API that SAM adds for events that name none; what is wrong with it matters only where there are such."""
        section = "Api" if kind == "rest" else "HttpApi"
        problems = Problems()
        none = Properties({}, f"Globals.{section}", self._resolver)
        given = problems.attempt(none, Properties, self._globals.get(section), none.where, self._resolver)
        self._implicit_problems[name] = problems.found
        problems.found += _unknown(REST_API if kind == "rest" else HTTP_API, given)
        return read_api(name, kind, given, functions, problems)

    def _not_emulated(self) -> tuple[str, ...]:
        bodies = {name: body for name, body in self._resources.items() if body.get("Type") not in KNOWN}
        others = [self._problems.attempt(None, _other, name, body) for name, body in bodies.items()]
        return tuple(other for other in others if other is not None)


def _unknown(kind: str, given: Properties) -> list[TemplateError]:
    """What is refused of the properties of a resource of that type, whatever they say."""
    reasons = {one: refusal(kind, one) for one in given}
    return [TemplateError(f"{given.place(one)}: {reason}") for one, reason in reasons.items() if reason is not None]


def _body(name: str, body: object) -> dict[str, object]:
    if name.startswith("Fn::ForEach"):
        raise TemplateError(f"Resources.{name}: Fn::ForEach is not supported by the emulator")
    if not _LOGICAL_ID.fullmatch(name):
        raise TemplateError(f"Resources.{name}: a logical id has letters and digits only")
    attributes = mapping_of(body, name)
    refuse_unknown(attributes, ATTRIBUTES, name)
    return attributes


def _other(name: str, body: Mapping[str, object]) -> str:
    text = text_of(body.get("Type", ""), f"{name}.Type")
    properties = body.get("Properties")
    if text == STATE_MACHINE and isinstance(properties, dict) and properties.get("Events"):
        raise TemplateError(f"{name}.Properties.Events: the emulator runs no state machine that these could start")
    if text in REFUSED_TYPES:
        raise TemplateError(f"{name}.Type: {text} is not supported by the emulator: {REFUSED_TYPES[text]}")
    if not text or (text.startswith("AWS::Serverless::") and text not in CLOUD_TYPES):
        raise TemplateError(f"{name}.Type: {text or 'nothing'} is not supported by the emulator")
    return f"{name} ({text})"


def _led_to_twice(functions: list[Function]) -> list[TemplateError]:
    """The routes of an API that two functions have, which SAM refuses: here the first would hide the second."""
    leads_to: dict[tuple[str, str, str], str] = {}
    found = []
    for function in functions:
        for route in function.routes:
            first = leads_to.setdefault((route.api, route.method, route.path), function.name)
            if first != function.name:
                place = f"{function.name}.Properties.Events"
                found.append(TemplateError(f"{place}: {route.method} {route.path} leads to {first} already"))
    return found


def _used(apis: Mapping[str, ReadApi], own: frozenset[str], functions: list[Function]) -> dict[str, Api]:
    """The template's own APIs, and the implicit ones that a route belongs to."""
    routed = {route.api for function in functions for route in function.routes}
    return {name: read.api for name, read in apis.items() if name in own or name in routed}
