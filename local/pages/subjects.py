"""What a page is about: a folder of `functions/`, and the template's functions whose handlers stand in it."""

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chalice import Chalice

from handlers.service_app import ServiceApp
from local.paths import DEFAULT_TEMPLATE, ROOT
from local.template.model import Function
from local.template.reader import load_template
from local.template.shapes import mapping_of
from local.template.yaml_tags import read_yaml


@dataclass(frozen=True)
class Subject:
    """`functions/<folder>` and what of it the template deploys, in the template's order."""

    folder: str
    functions: tuple[Function, ...]

    @property
    def path(self) -> Path:
        """Where its modules stand."""
        return ROOT / "functions" / self.folder

    @property
    def subscribers(self) -> tuple[Function, ...]:
        """The functions that read a stream."""
        return tuple(function for function in self.functions if function.mapping is not None)

    @property
    def http(self) -> tuple[Function, ...]:
        """The functions that have routes."""
        return tuple(function for function in self.functions if function.routes)

    def app(self) -> ServiceApp | None:
        """The app with its routes; None where nothing answers HTTP."""
        if not self.http:
            return None
        if str(ROOT) not in sys.path:
            sys.path.insert(0, str(ROOT))
        app: Chalice = importlib.import_module(f"functions.{self.folder}.app").app
        assert isinstance(app, ServiceApp), "every service's app is one"
        return app


@cache
def subjects() -> tuple[Subject, ...]:
    """Every folder that the template deploys something of. Raises TemplateError."""
    parameters = {name: "" for name, body in declared().items() if "Default" not in body}
    by_folder: dict[str, list[Function]] = {}
    for function in load_template(DEFAULT_TEMPLATE, parameters).functions:
        by_folder.setdefault(_folder_of(function), []).append(function)
    return tuple(Subject(folder, tuple(functions)) for folder, functions in by_folder.items())


@cache
def document() -> Mapping[str, object]:
    """The template as it is written, references unresolved."""
    return read_yaml(DEFAULT_TEMPLATE)


def declared() -> dict[str, dict[str, object]]:
    """The template's parameters by name."""
    parameters = mapping_of(document().get("Parameters"), "Parameters")
    return {name: mapping_of(body, f"Parameters.{name}") for name, body in parameters.items()}


def _folder_of(function: Function) -> str:
    functions, folder, *_ = function.handler.split(".")
    assert functions == "functions", f"{function.name} stands in functions/"
    return folder
