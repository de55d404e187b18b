"""The environment variables that the template gives to a service's functions, and what its parameters say of them."""

import json
from collections.abc import Mapping

from local.pages.markdown import code, table
from local.pages.subjects import Subject, declared, document
from local.template.shapes import mapping_of


def settings(subject: Subject) -> str:
    """A table by variable, with the parameter that it comes from."""
    by_function = {function.name: _variables(function.name) for function in subject.functions}
    values = {name: value for variables in by_function.values() for name, value in variables.items()}
    head = ("Variable", "From", "Default", "What it is")
    if len(by_function) == 1:
        return table(head, [(code(name), *_told(value)) for name, value in values.items()])
    rows = [(code(name), *_told(value), _having(name, by_function)) for name, value in values.items()]
    return table((*head, "Functions"), rows)


def _variables(function: str) -> dict[str, object]:
    """As written, the globals first."""
    resources = mapping_of(document().get("Resources"), "Resources")
    common = mapping_of(mapping_of(document().get("Globals"), "Globals").get("Function"), "Globals.Function")
    own = mapping_of(mapping_of(resources[function], function).get("Properties"), f"{function}.Properties")
    return {**_environment(common), **_environment(own)}


def _environment(properties: Mapping[str, object]) -> dict[str, object]:
    environment = mapping_of(properties.get("Environment"), "Environment")
    return mapping_of(environment.get("Variables"), "Environment.Variables")


def _told(value: object) -> tuple[str, str, str]:
    """Where a value comes from, its default, and what it is."""
    if not isinstance(value, dict):
        return "the template", code(str(value)), "–"
    parameter = str(value.get("Ref", ""))
    if parameter not in declared():
        return code(json.dumps(value)), "–", "–"
    body = declared()[parameter]
    secret = ", secret" if body.get("NoEcho") else ""
    return f"{code(parameter)}{secret}", _default(body), str(body.get("Description", "–"))


def _default(parameter: Mapping[str, object]) -> str:
    if "Default" not in parameter:
        return "none: it is needed"
    return code(str(parameter["Default"])) if parameter["Default"] != "" else "empty"


def _having(name: str, by_function: Mapping[str, Mapping[str, object]]) -> str:
    having = [function for function, variables in by_function.items() if name in variables]
    return "all" if len(having) == len(by_function) else ", ".join(having)
