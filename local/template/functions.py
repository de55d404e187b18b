"""One `AWS::Serverless::Function` resource as a `Function`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.template.apis import ReadApi
from local.template.events import Events, read_events
from local.template.intrinsics import NO_VALUE
from local.template.layers import local_folder
from local.template.model import Function, TemplateError
from local.template.problems import Problems
from local.template.properties import Properties
from local.template.recours import read_recours
from local.template.shapes import list_of, mapping_of, number_of, refuse_unknown, text_of

# Lambda's own bounds and defaults: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
TIMEOUT_S_DEFAULT, TIMEOUT_S_MAX = 3, 900
MEMORY_MB_DEFAULT, MEMORY_MB_MAX = 128, 10_240
CONCURRENCY_MAX = 1_000
_FUNCTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VARIABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_DYNAMIC = re.compile(r"\{\{resolve:[^}]*\}\}")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the functions of a template have in common."""

    folder: Path
    """Where the template stands."""
    layers: Mapping[str, Path | None]
    """By logical id; None for one that could not be read, which is a problem already."""
    apis: Mapping[str, ReadApi]
    leave_out_events: bool


def read_function(
    name: str, given: Properties, metadata: Properties, around: Surroundings, problems: Problems
) -> tuple[Function, Events]:
    """A function from its properties with the globals merged, and its events. What is wrong goes to `problems`."""
    recours = read_recours(problems.attempt(metadata.empty, metadata.below, "Recours"), name, problems)
    events = _events(name, given, recours.base_path, around, problems)
    attempt = problems.attempt
    attempt(None, _refuse_other_packages, given)
    function = Function(
        name=name,
        handler=attempt("", _handler, given),
        service=recours.service,
        port=recours.port,
        base_path=recours.base_path,
        environments=recours.environments,
        timeout_s=attempt(TIMEOUT_S_DEFAULT, _timeout_s, given),
        memory_mb=attempt(MEMORY_MB_DEFAULT, _memory_mb, given),
        environment=_environment(given, problems),
        layers=attempt((), _layers, given, around.layers),
        code_uri=attempt(around.folder, _code_uri, given, around.folder),
        routes=events.routes,
        mapping=attempt(None, _mapping, metadata),
        description=attempt("", _text, given, "Description"),
        schedules=events.schedules,
        function_name=attempt("", _function_name, given),
        concurrency_max=attempt(None, _concurrency_max, given),
        runtime=attempt("", _runtime, given),
        skipped_without_auth=recours.skipped_without_auth,
        event_invoke=attempt({}, _event_invoke, given),
    )
    return function, events


def _events(name: str, given: Properties, base_path: str, around: Surroundings, problems: Problems) -> Events:
    events = problems.attempt(given.empty, given.below, "Events")
    return read_events(events, name, base_path, around.apis, problems, leave_out=around.leave_out_events)


def _refuse_other_packages(given: Properties) -> None:
    package = _package(given)
    if package != "Zip":
        raise TemplateError(
            f"{given.place('PackageType')}: the emulator runs no {package}; give it CodeUri, Handler and Runtime"
        )


def _package(given: Properties) -> str:
    return text_of(given.get("PackageType", "Zip"), given.place("PackageType"))


def _runtime(given: Properties) -> str:
    runtime = _text(given, "Runtime")
    if _package(given) == "Image":
        return runtime  # an image has none, and is refused as such
    if not runtime.startswith("python3."):
        raise TemplateError(f"{given.place('Runtime')}: the emulator runs Python, not {runtime or 'nothing'}")
    return runtime


def _handler(given: Properties) -> str:
    handler = _text(given, "Handler")
    if _package(given) == "Image":
        return handler
    if "." not in handler.strip("."):
        raise TemplateError(f"{given.place('Handler')}: module.attribute is needed, not {handler or 'nothing'}")
    return handler


def _timeout_s(given: Properties) -> int:
    return number_of(given.get("Timeout", TIMEOUT_S_DEFAULT), given.place("Timeout"), least=1, most=TIMEOUT_S_MAX)


def _memory_mb(given: Properties) -> int:
    place = given.place("MemorySize")
    return number_of(given.get("MemorySize", MEMORY_MB_DEFAULT), place, least=128, most=MEMORY_MB_MAX)


def _concurrency_max(given: Properties) -> int | None:
    value = given.get("ReservedConcurrentExecutions")
    place = given.place("ReservedConcurrentExecutions")
    return None if value is None else number_of(value, place, least=0, most=CONCURRENCY_MAX)


def _environment(given: Properties, problems: Problems) -> dict[str, str]:
    environment = problems.attempt(given.empty, given.below, "Environment")
    problems.attempt(None, refuse_unknown, environment, ("Variables",), environment.where)
    variables = problems.attempt(given.empty, environment.below, "Variables")
    values = {name: problems.attempt(None, _variable, variables, name) for name in variables}
    return {name: value for name, value in values.items() if value is not None}


def _variable(variables: Properties, name: str) -> str | None:
    value = variables.get(name, NO_VALUE)
    if value is NO_VALUE:
        return None
    text = text_of(value, variables.place(name))
    if not _VARIABLE_NAME.fullmatch(name) or "\0" in text:
        raise TemplateError(f"{variables.place(name)}: Lambda takes no such variable")
    dynamic = _DYNAMIC.search(text)
    if dynamic:
        raise TemplateError(f"{variables.place(name)}: {dynamic[0]} is not supported by the emulator; use a parameter")
    return text


def _layers(
    given: Properties,
    layers: Mapping[str, Path | None],
) -> tuple[Path, ...]:
    where = given.place("Layers")
    names = [text_of(layer, where) for layer in list_of(given.get("Layers"), where)]
    for name in names:
        if name not in layers:
            raise TemplateError(f"{where}: {name} is not an AWS::Serverless::LayerVersion of this template")
    return tuple(path for path in (layers[name] for name in names) if path is not None)


def _code_uri(given: Properties, folder: Path) -> Path:
    return local_folder(given.get("CodeUri", "."), folder, given.place("CodeUri"))


def _mapping(metadata: Properties) -> dict[str, object] | None:
    mapping = metadata.get("EventSourceMapping")
    return None if mapping is None else mapping_of(mapping, metadata.place("EventSourceMapping"))


def _event_invoke(given: Properties) -> dict[str, object]:
    return mapping_of(given.get("EventInvokeConfig"), given.place("EventInvokeConfig"))


def _function_name(given: Properties) -> str:
    name = _text(given, "FunctionName")
    if name and not _FUNCTION_NAME.fullmatch(name):
        raise TemplateError(f"{given.place('FunctionName')}: {name!r} is not a function's name for Lambda")
    return name


def _text(given: Properties, name: str) -> str:
    return text_of(given.get(name, ""), given.place(name))
