"""The metrics that a service counts: what its modules import from the catalogue, and what counts for every service."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from local.pages.markdown import code, listed, table
from local.pages.sources import imported, trees
from local.pages.subjects import Subject
from local.paths import ROOT

CATALOG = ROOT / "layers/metrics/python/metrics/catalog.py"
_HANDLERS = ROOT / "layers/handlers/python/handlers"
_OF_REQUESTS = _HANDLERS / "service_app.py"
_OF_BATCHES = _HANDLERS / "batch.py"
_OF_POLLERS = ROOT / "local/pollers"


@dataclass(frozen=True)
class Instrument:
    """One metric as the catalogue has it."""

    name: str
    text: str
    labels: tuple[str, ...]


def metrics(subject: Subject) -> str:
    """A table: name, labels, meaning, who counts it."""
    rows = [row for where, by in _places(subject) for row in _rows(where, by)]
    return table(("Metric", "Labels", "What it tells", "Counted by"), rows) if rows else "None of its own."


def _places(subject: Subject) -> list[tuple[Path, str]]:
    """Where it is counted, and how that is called."""
    places = [(subject.path, "the service")]
    places += [(_OF_REQUESTS, "every request")] if subject.http else []
    places += [(_OF_BATCHES, "every batch"), (_OF_POLLERS, "its poller")] if subject.subscribers else []
    return places


def _rows(where: Path, by: str) -> list[tuple[str, str, str, str]]:
    names = sorted({name for _, name in imported(where, "metrics.catalog")})
    found = [catalogue()[name] for name in names]
    return [(code(each.name), listed(each.labels), f"{each.text.rstrip('.')}.", by) for each in found]


@cache
def catalogue() -> dict[str, Instrument]:
    """The catalogue by the names of its variables, as it is written: `NAME = Counter("name", "text", ["label"])`."""
    (tree,) = trees(CATALOG)
    return dict(_instrument(node) for node in tree.body if isinstance(node, ast.Assign))


def _instrument(assigned: ast.Assign) -> tuple[str, Instrument]:
    target, call = assigned.targets[0], assigned.value
    assert isinstance(target, ast.Name), "the catalogue assigns names"
    assert isinstance(call, ast.Call), f"{target.id} is made by a call"
    name, text, *labels = (ast.literal_eval(argument) for argument in call.args)
    return target.id, Instrument(name, text, tuple(labels[0]) if labels else ())
