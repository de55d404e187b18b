"""The files of one package after the other. What was fetched for one serves all of the same target."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from local.packaging.distributions import choose
from local.packaging.entries import Entry, folder_entries, merged, wheel_entries
from local.packaging.fetching import Tell, fetch_locked, fetch_unlocked
from local.packaging.lockfile import read_extras, read_lock
from local.packaging.own_code import own_entries
from local.packaging.reach import reach
from local.packaging.resources import FunctionSource, LayerSource, Sources
from local.packaging.target import Target
from local.packaging.wheels import Wheel

REQUIREMENTS = "requirements.txt"
LOCK = Path("requirements", "functions.txt")
"""Beside a template: the locked requirements of all its functions. Without it each folder's own `requirements.txt`."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """What is to be zipped, and which packages the code asks for and does without."""

    entries: Mapping[str, Entry]
    absent: tuple[str, ...] = ()


class Assembler:
    """For one build of one template; `cache` keeps wheels, and nothing below `dist` is packed.

    Both methods raise PackagingError.
    """

    def __init__(self, sources: Sources, dist: Path, cache: Path, tell: Tell) -> None:
        self._dist = dist.resolve()
        self._cache = cache
        self._tell = tell
        self._layers = {layer.name: layer for layer in sources.layers}
        self._lock = sources.path.parent / LOCK
        self._locked: dict[Target, Mapping[str, Wheel]] = {}
        self._opened: dict[Path, tuple[Entry, ...]] = {}

    def function(self, source: FunctionSource, target: Target) -> Assembled:
        """A folder with a `requirements.txt` goes as `sam build` has it, else what its handler reaches."""
        if (source.folder / REQUIREMENTS).is_file():
            return Assembled(merged(self._whole(source.folder, target)))
        if self._lock.is_file():
            return self._reached(source, target)
        self._tell(f"{source.name}: no {REQUIREMENTS} in {source.folder}, so no packages go with it")
        return Assembled(merged(self._files(source.folder)))

    def layer(self, source: LayerSource, target: Target) -> Assembled:
        """A layer's folder as it stands, or, where SAM is to build it, below `python/` with its requirements."""
        entries = self._whole(source.folder, target, "python/") if source.is_built else self._files(source.folder)
        return Assembled(merged(entries))

    def _whole(self, folder: Path, target: Target, prefix: str = "") -> Iterator[Entry]:
        yield from self._files(folder, prefix)
        requirements = folder / REQUIREMENTS
        if not requirements.is_file():
            return
        if "--hash=" not in requirements.read_text("utf-8"):
            self._tell(f"{requirements} has no hashes: the same build may be another one tomorrow")
        with TemporaryDirectory() as scratch:
            for wheel in fetch_unlocked(requirements, target, Path(scratch)):
                yield from wheel_entries(wheel, prefix)

    def _files(self, folder: Path, prefix: str = "") -> Iterator[Entry]:
        return folder_entries(folder, prefix, without=self._dist)

    def _reached(self, source: FunctionSource, target: Target) -> Assembled:
        """What the handler reaches: folders of its own modules, and the locked wheels that it needs."""
        layers = [self._layers[name].folder / "python" for name in reversed(source.layers) if name in self._layers]
        module = source.handler.replace("/", ".").rpartition(".")[0]
        found = reach(module, [source.folder, *layers])
        chosen = choose(found, self._wheels(target), self._extras(), target.markers, LOCK.as_posix())
        packages = [entry for wheel in chosen.wheels.values() for entry in self._entries(wheel)]
        return Assembled(merged([*own_entries(found, module, source.folder, layers), *packages]), chosen.absent)

    def _wheels(self, target: Target) -> Mapping[str, Wheel]:
        if target not in self._locked:
            self._locked[target] = fetch_locked(read_lock(self._lock, target.markers), target, self._cache, self._tell)
        return self._locked[target]

    def _entries(self, wheel: Wheel) -> tuple[Entry, ...]:
        """Unpacked once: most functions have the same packages."""
        if wheel.path not in self._opened:
            self._opened[wheel.path] = tuple(wheel_entries(wheel))
        return self._opened[wheel.path]

    def _extras(self) -> Mapping[str, frozenset[str]]:
        asked = self._lock.with_suffix(".in")
        return read_extras(asked) if asked.is_file() else {}
