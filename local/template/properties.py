"""The properties of a resource, each resolved when it is asked for: what only the cloud needs is never resolved."""

from collections.abc import Iterator, Mapping

from local.template.intrinsics import NO_VALUE, Resolver, is_intrinsic
from local.template.shapes import mapping_of


class Properties:
    """A mapping of a template with its place in it, for errors. Raises TemplateError where a value is asked for."""

    def __init__(self, raw: object, where: str, resolver: Resolver) -> None:
        self.raw = _mapping(raw, where, resolver)
        """As written."""
        self._resolver = resolver
        self.where = where

    def __iter__(self) -> Iterator[str]:
        """The names that were written, whatever their values resolve to."""
        return iter(self.raw)

    def get(self, name: str, default: object = None) -> object:
        """The resolved value, or `default` where there is none or it is `AWS::NoValue`."""
        if name not in self.raw:
            return default
        value = self._resolver.resolve(self.raw[name], self.place(name))
        return default if value is NO_VALUE else value

    def below(self, name: str) -> "Properties":
        """The properties one level down; none where there is no such property."""
        return Properties(self.raw.get(name), self.place(name), self._resolver)

    @property
    def empty(self) -> "Properties":
        """No properties, in place of some that could not be read."""
        return Properties({}, self.where, self._resolver)

    def place(self, name: str) -> str:
        """Where a property stands: `F.Properties.Timeout`."""
        return f"{self.where}.{name}"


def _mapping(raw: object, where: str, resolver: Resolver) -> Mapping[str, object]:
    if is_intrinsic(raw):
        raw = resolver.resolve(raw, where)
    return mapping_of(None if raw is NO_VALUE else raw, where)
