"""Which parameters a template declares: what it asks of its surroundings, before any value is known."""

from pathlib import Path

from local.template.shapes import mapping_of
from local.template.yaml_tags import read_yaml


def declared_parameters(path: Path) -> frozenset[str]:
    """The names under `Parameters`. Raises TemplateError where the file is no template."""
    return frozenset(mapping_of(read_yaml(path).get("Parameters"), "Parameters"))
