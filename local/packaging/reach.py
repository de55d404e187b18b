"""From a handler to every module that it may import, through the function's code and its layers."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.packaging.errors import PackagingError
from local.packaging.imports import Import, imports_of

IN_LAMBDA = frozenset({"awslambdaric", "boto3", "botocore", "s3transfer", "snapshot_restore_py"})
"""What Lambda's Python runtimes bring along, so that it is not packed."""
_NOT_FOREIGN = sys.stdlib_module_names | IN_LAMBDA | {""}


@dataclass(slots=True)
class Reach:
    """What a handler reaches. Packages that are not ours go by their first name: `redis`."""

    files: dict[str, Path] = field(default_factory=dict)
    """Ours: the file of each module, by its name; the folder of one without `__init__.py`."""
    required: dict[str, str] = field(default_factory=dict)
    """Not ours, and needed for the handler to be imported: by whom first."""
    optional: dict[str, str] = field(default_factory=dict)
    """Not ours, and asked for inside a function or where its absence is caught: by whom first."""


def reach(handler_module: str, roots: Sequence[Path]) -> Reach:
    """Follow the imports from a module. `roots` are the folders of `sys.path`, in its order.

    Raises PackagingError where a module of ours does not exist or cannot be read.
    """
    walk = _Walk(Modules(roots))
    start = walk.modules.with_parents(handler_module)
    if handler_module not in start:
        raise PackagingError(f"there is no module {handler_module} in {', '.join(str(root) for root in roots)}")
    # What the handler cannot be imported without comes first: all that the rest imports is optional as the rest is.
    walk.follow(start, is_required=True)
    while walk.later:
        later, walk.later = walk.later, {}
        walk.follow(later, is_required=False)
    return walk.found


class Modules:
    """The modules in some folders, found as Python's path finder would. What was looked up once is remembered."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = [str(root) for root in roots]
        self._known: dict[str, Path | None] = {}

    def find(self, module: str) -> Path | None:
        """A module's file; the folder of a package without `__init__.py`; None where there is neither."""
        if module not in self._known:
            self._known[module] = self._look(module)
        return self._known[module]

    def with_parents(self, module: str) -> dict[str, Path]:
        """The module and the packages above it, as far as they exist: importing a.b.c imports a and a.b first."""
        return {name: file for name in _upwards(module) if (file := self.find(name)) is not None}

    def _look(self, module: str) -> Path | None:
        """The first folder that has it; one without `__init__.py` only where none has more."""
        if not module.replace(".", "").isidentifier():
            return None
        places = [f"{root}/{module.replace('.', '/')}" for root in self._roots]
        files = [file for place in places for file in (f"{place}/__init__.py", f"{place}.py")]
        found = next(filter(os.path.isfile, files), None) or next(filter(os.path.isdir, places), None)
        return None if found is None else Path(found)


class _Walk:
    """One walk: what it found, and what it was told to look at later."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self.found = Reach()
        self.later: dict[str, Path] = {}

    def follow(self, modules: dict[str, Path], *, is_required: bool) -> None:
        """Note these modules and all that they import."""
        waiting = dict(modules)
        while waiting:
            module, file = waiting.popitem()
            if module in self.found.files:
                continue
            self.found.files[module] = file
            for one in _imports(module, file):
                targets = self._targets(one, module, is_required=is_required and one.is_required)
                if one.is_required:
                    waiting |= targets
                else:
                    self.later |= targets

    def _targets(self, one: Import, importer: str, *, is_required: bool) -> dict[str, Path]:
        """The modules of ours behind an import; one that is not ours is noted."""
        first = one.module.partition(".")[0]
        if self.modules.find(first) is None:
            if first not in _NOT_FOREIGN:
                (self.found.required if is_required else self.found.optional).setdefault(first, importer)
            return {}
        modules = self.modules.with_parents(one.module)
        if one.module not in modules and is_required:
            raise PackagingError(f"{importer} imports {one.module}, which does not exist")
        # `from a import b`: where b is no module it is a name in a, and nobody can tell without running a.
        return modules | self.modules.with_parents(f"{one.module}.{one.name}")


def _imports(module: str, file: Path) -> list[Import]:
    if file.is_dir():
        return []
    try:
        return imports_of(file.read_bytes(), module, is_package=file.name == "__init__.py")
    except (SyntaxError, ValueError, RecursionError) as error:
        raise PackagingError(f"{file}: {error}") from error


def _upwards(module: str) -> Iterator[str]:
    parts = module.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts) + 1))
