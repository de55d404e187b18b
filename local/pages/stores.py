"""The stores that a service uses: the adapters that its bootstrap builds, each told by its module's first sentence."""

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from local.pages.markdown import listed, table
from local.pages.sources import imported, trees
from local.pages.subjects import Subject

SERVERS = {"redis_log": "Redis", "mongo": "MongoDB", "postgres": "PostgreSQL"}
_TYPES = frozenset({"Document"})  # classes that are no adapters


def stores(subject: Subject) -> str:
    """A table of adapters by server and module; a sentence where there is none."""
    rows = [(server, listed(names), _first_sentence(module)) for server, module, names in adapters(subject)]
    return table(("Server", "Adapter", "What it is"), rows) if rows else "None."


def servers(subject: Subject) -> list[str]:
    """The servers by name, each once."""
    return list(dict.fromkeys(server for server, _, _ in adapters(subject)))


def adapters(subject: Subject) -> Iterator[tuple[str, str, list[str]]]:
    """Server, module and what is taken of it: classes, which are adapters; functions where a server has no more."""
    for package, server in SERVERS.items():
        taken = list(imported(subject.path / "bootstrap.py", f"repositories.{package}"))
        classes = [
            (module, name) for module, name in taken if name not in _TYPES and not name.isupper() and name[0].isupper()
        ]
        by_module: dict[str, list[str]] = {}
        for module, name in sorted(classes or taken):
            by_module.setdefault(module, []).append(name)
        yield from ((server, module, names) for module, names in by_module.items())


def _first_sentence(module: str) -> str:
    spec = importlib.util.find_spec(module)
    assert spec is not None, module
    assert spec.origin is not None, module
    (tree,) = trees(Path(spec.origin))
    text = (ast.get_docstring(tree) or "").split("\n\n")[0].replace("\n", " ")
    return text.rstrip(".") + "."
