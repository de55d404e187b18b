"""Which files of a function's own code and layers this process has imported."""

import sys
from collections.abc import Iterable
from pathlib import Path

from local.template import Function


class ImportedSources:
    """The modules' files below the function's code and its layers, as they are imported.

    Made before the function is loaded: what is there already is the emulator's, which may lie in the same folder.
    """

    def __init__(self, function: Function) -> None:
        self._folders = tuple(f"{folder.resolve()}/" for folder in (function.code_uri, *function.layers))
        # An installed library changes by installing; one below the code's folder (.venv) is installed all the same.
        self._installed = tuple({f"{Path(prefix).resolve()}/" for prefix in (sys.prefix, sys.base_prefix)})
        self._seen = set(_files_of(sys.modules.values()))
        self._modules = 0

    def found(self) -> list[str]:
        """All of them that were not told yet."""
        files = set(_files_of(list(sys.modules.values()))) - self._seen
        self._modules = len(sys.modules)
        self._seen |= files
        resolved = {str(Path(file).resolve()) for file in files}
        return sorted(one for one in resolved if one.startswith(self._folders) and not self._is_installed(one))

    def new(self) -> list[str]:
        """As `found`, and nearly free where nothing was imported since."""
        return [] if len(sys.modules) == self._modules else self.found()

    def _is_installed(self, file: str) -> bool:
        return file.startswith(self._installed) or "/site-packages/" in file


def _files_of(modules: Iterable[object]) -> Iterable[str]:
    return (str(file) for module in modules if (file := getattr(module, "__file__", None)))
