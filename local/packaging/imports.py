"""Which modules a Python source names, told without running it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_BY_NAME = frozenset({"__import__", "files", "import_module"})  # importlib's; `files` is that of importlib.resources
_CAUGHT = frozenset({"BaseException", "Exception", "ImportError", "ModuleNotFoundError"})


@dataclass(frozen=True, slots=True)
class Import:
    """`import a.b` is `a.b`; `from a import b` is `a` with the name `b`, which may be a module too."""

    module: str
    name: str = ""
    is_required: bool = True
    """Whether the source cannot be imported without it: false inside functions and where ImportError is caught."""


def imports_of(source: bytes, module: str, *, is_package: bool) -> list[Import]:
    """The imports of a module by that name, in the order written. What only type checkers see is left out.

    A module that is named in a text (`import_module("x")`, `files("x")`) counts. Raises SyntaxError.
    """
    package = module if is_package else module.rpartition(".")[0]
    return list(_found(ast.parse(source), package, is_required=True))


def _found(node: ast.AST, package: str, *, is_required: bool) -> Iterator[Import]:
    match node:
        case ast.Import():
            yield from (Import(alias.name, is_required=is_required) for alias in node.names)
        case ast.ImportFrom():
            base = _absolute(node, package)
            yield from (Import(base, alias.name, is_required) for alias in node.names)
        case ast.If() if _is_type_checking(node.test):
            yield from _all(node.orelse, package, is_required=is_required)
        case ast.Try() if any(_catches_import_error(handler) for handler in node.handlers):
            yield from _all(node.body, package, is_required=False)
            yield from _all([*node.handlers, *node.orelse, *node.finalbody], package, is_required=is_required)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            yield from _all(ast.iter_child_nodes(node), package, is_required=False)
        case ast.Call(args=[ast.Constant(value=str() as text), *_]) if _name(node.func) in _BY_NAME:
            yield Import(text, is_required=False)
        case _:
            yield from _all(ast.iter_child_nodes(node), package, is_required=is_required)


def _all(
    nodes: "Iterator[ast.AST] | list[ast.stmt] | list[ast.AST]", package: str, *, is_required: bool
) -> Iterator[Import]:
    for node in nodes:
        yield from _found(node, package, is_required=is_required)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """The module's full name: one dot is this package, each further one the package above."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = ".".join(parts[: len(parts) - node.level + 1])
    return f"{base}.{node.module}" if node.module else base


def _is_type_checking(test: ast.expr) -> bool:
    return _name(test) == "TYPE_CHECKING"


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or _name(kind) in _CAUGHT for kind in kinds)


def _name(node: ast.expr) -> str:
    """`x` of `x` and of `module.x`."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
