"""Which route a request is for: literal segments win over parameters, `{name+}` takes all that is left."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

Target = TypeVar("Target")


class NoRouteError(Exception):
    """No route has this path."""


class WrongMethodError(Exception):
    """A route has this path, with other methods only."""

    def __init__(self, allowed: Iterable[str]) -> None:
        super().__init__(", ".join(sorted(allowed)))
        self.allow = str(self)
        """The `Allow` header's value."""


@dataclass(frozen=True, slots=True)
class Match(Generic[Target]):
    """The route found: its path as declared, what it leads to, and the path parameters, decoded."""

    resource: str
    target: Target
    path_parameters: dict[str, str]


@dataclass(slots=True)
class _Node(Generic[Target]):
    literals: dict[str, "_Node[Target]"] = field(default_factory=dict)
    parameter: "_Node[Target] | None" = None
    rest: "_Node[Target] | None" = None
    methods: dict[str, tuple[str, Target]] = field(default_factory=dict)
    """Method to (path as declared, target)."""


class Router(Generic[Target]):
    """A tree of path segments. `routes` gives (method, path, target); the method may be `ANY`."""

    def __init__(self, routes: Iterable[tuple[str, str, Target]]) -> None:
        self._root: _Node[Target] = _Node()
        for method, path, target in routes:
            self._leaf(_segments(path)).methods.setdefault(method, (path, target))

    def match(self, method: str, path: str) -> Match[Target]:
        """Find the route of a still encoded path. Raises NoRouteError, WrongMethodError.

        One slash at the end is allowed, as API Gateway does.
        """
        segments = _segments(path)
        node = _find(self._root, segments, 0)
        if node is None:
            raise NoRouteError(path)
        found = node.methods.get(method) or node.methods.get("ANY")
        if found is None:
            raise WrongMethodError(node.methods)
        resource, target = found
        return Match(resource, target, _parameters(resource, segments) if "{" in resource else {})

    def _leaf(self, segments: list[str]) -> _Node[Target]:
        node = self._root
        for segment in segments:
            node = _child(node, segment)
        return node


def _segments(path: str) -> list[str]:
    return path.removesuffix("/").split("/")[1:]


def _child(node: _Node[Target], segment: str) -> _Node[Target]:
    if segment.endswith("+}"):
        node.rest = node.rest or _Node()
        return node.rest
    if segment.startswith("{"):
        node.parameter = node.parameter or _Node()
        return node.parameter
    return node.literals.setdefault(segment, _Node())


def _find(node: _Node[Target], segments: list[str], place: int) -> _Node[Target] | None:
    if place == len(segments):
        return node if node.methods else None
    segment = segments[place]
    if segment in node.literals:
        found = _find(node.literals[segment], segments, place + 1)
        if found is not None:
            return found
    # An empty segment is not a value: /claims//events is no claim's events.
    if node.parameter is not None and segment:
        found = _find(node.parameter, segments, place + 1)
        if found is not None:
            return found
    return node.rest


def _parameters(resource: str, segments: list[str]) -> dict[str, str]:
    parameters = {}
    for place, name in enumerate(_segments(resource)):
        if name.endswith("+}"):
            parameters[name[1:-2]] = unquote("/".join(segments[place:]))
        elif name.startswith("{"):
            parameters[name[1:-1]] = unquote(segments[place])
    return parameters
