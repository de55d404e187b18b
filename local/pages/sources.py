"""What the modules of a folder name, read from their syntax trees; nothing is imported or run."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path


@cache
def trees(folder: Path) -> tuple[ast.Module, ...]:
    """Every module in the folder, or the one that the path is."""
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.py"))
    return tuple(ast.parse(file.read_bytes()) for file in files)


def imported(folder: Path, package: str) -> Iterator[tuple[str, str]]:
    """Each `from package… import name` in the folder, as module and name, in the order of the files."""
    for tree in trees(folder):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and _is_in(node.module or "", package):
                yield from ((node.module or "", alias.name) for alias in node.names)


def called(folder: Path) -> set[str]:
    """The names that are called in the folder: functions, and classes of which something is made."""
    nodes = (node for tree in trees(folder) for node in ast.walk(tree))
    return {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
