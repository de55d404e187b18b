"""Which distributions a function needs: those that its imports name, and what these require in turn."""

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from local.packaging.errors import PackagingError
from local.packaging.reach import IN_LAMBDA, Reach
from local.packaging.trimming import requires_nothing
from local.packaging.wheels import Wheel

_PROVIDED = frozenset(canonicalize_name(name) for name in IN_LAMBDA)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The wheels to pack by their name, and the packages that are asked for but not there and not needed."""

    wheels: Mapping[str, Wheel]
    absent: tuple[str, ...]


def choose(
    reach: Reach,
    wheels: Mapping[str, Wheel],
    extras: Mapping[str, frozenset[str]],
    markers: Mapping[str, str],
    lock_name: str,
) -> Chosen:
    """Choose among the locked wheels. Raises PackagingError for an import or a requirement that none answers."""
    providers = _providers(wheels)
    for name, importer in reach.required.items():
        if name not in providers:
            raise PackagingError(
                f"{importer} imports {name}, which is neither in the function, its layers nor in {lock_name}"
            )
    wanted = {one for name in {*reach.required, *reach.optional} for one in providers.get(name, ())}
    chosen = _closure(wanted, wheels, extras, markers, lock_name)
    absent = tuple(sorted(name for name in reach.optional if name not in providers))
    return Chosen({name: wheels[name] for name in sorted(chosen)}, absent)


def _providers(wheels: Mapping[str, Wheel]) -> dict[str, set[str]]:
    """The distributions behind each name that can be imported: several where they share a namespace."""
    providers: dict[str, set[str]] = {}
    for wheel in wheels.values():
        for name in wheel.import_names:
            providers.setdefault(name, set()).add(wheel.name)
    return providers


def _closure(
    wanted: set[str],
    wheels: Mapping[str, Wheel],
    extras: Mapping[str, frozenset[str]],
    markers: Mapping[str, str],
    lock_name: str,
) -> set[str]:
    chosen: set[str] = set()
    waiting = {(name, extra) for name in wanted for extra in _with_none(extras.get(name, frozenset()))}
    seen: set[tuple[str, str]] = set()
    while waiting:
        name, extra = one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        if name not in wheels:
            raise PackagingError(f"{name} is required and not in {lock_name}; lock it again")
        chosen.add(name)
        waiting |= _required_by(wheels[name], extra, markers)
    return chosen


def _required_by(wheel: Wheel, extra: str, markers: Mapping[str, str]) -> set[tuple[str, str]]:
    """The requirements of a wheel, or of one of its extras, each with each extra that it asks for."""
    if requires_nothing(wheel.name):
        return set()
    environment = {**markers, "extra": extra}
    found = [one for one in wheel.requirements if one.marker is None or one.marker.evaluate(environment)]
    return {
        (canonicalize_name(one.name), wanted)
        for one in found
        if canonicalize_name(one.name) not in _PROVIDED
        for wanted in _with_none(one.extras)
    }


def _with_none(extras: "frozenset[str] | set[str]") -> set[str]:
    """The extras, and "": the distribution itself."""
    return {"", *extras}
