"""Reads a mapping's properties one by one; what is wrong is told by function, property and allowed values."""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from streams.errors import MappingError
from streams.mapping.properties import PropertyError

T = TypeVar("T")
D = TypeVar("D")

WITHOUT_LIMIT = -1
_REQUIRED: Any = object()


class MappingReader:
    """The properties of one function's mapping. Every method raises MappingError."""

    def __init__(self, function: str, properties: Mapping[str, Any]) -> None:
        self._function = function
        if not isinstance(properties, Mapping):
            raise MappingError(f"{function}: EventSourceMapping must be an object, not {properties!r}")
        self._properties = properties
        self._asked: set[str] = set()

    def has(self, name: str) -> bool:
        """Whether the property is given. CloudFormation's null (`AWS::NoValue`) is not."""
        self._asked.add(name)
        return self._properties.get(name) is not None

    def text(self, name: str, default: str = _REQUIRED) -> str:
        """A text that is not empty; without a default it has to be there."""
        if not self.has(name):
            if default is _REQUIRED:
                raise MappingError(f"{self._function}: EventSourceMapping needs {name}")
            return default
        value = self._properties[name]
        if not isinstance(value, str) or not value:
            self.refuse(name, f"must be a text that is not empty, not {value!r}")
        return value

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within its bounds."""
        value = self._properties[name] if self.has(name) else default
        if not _is_whole(value) or not least <= value <= most:
            self.refuse(name, f"must be a whole number from {least} to {most}, not {value!r}")
        return int(value)

    def limit(self, name: str, default: int, least: int, most: int) -> int | None:
        """A whole number within its bounds; None where -1 says that there is no limit."""
        value = self._properties[name] if self.has(name) else default
        if _is_whole(value) and value == WITHOUT_LIMIT:
            return None
        if not _is_whole(value) or not least <= value <= most:
            self.refuse(name, f"must be -1 (without limit) or a whole number from {least} to {most}, not {value!r}")
        return int(value)

    def flag(self, name: str) -> bool:
        """True or false; false where it is not given."""
        value = self._properties[name] if self.has(name) else False
        if not isinstance(value, bool):
            self.refuse(name, f"must be true or false, not {value!r}")
        return value

    def converted(self, name: str, convert: Callable[[Any], T], default: D) -> T | D:
        """What `convert` makes of the value; its PropertyError tells what the value must be."""
        if not self.has(name):
            return default
        try:
            return convert(self._properties[name])
        except PropertyError as error:
            self.refuse(f"{name}{error.path}", str(error))

    def refuse(self, name: str, why: str) -> NoReturn:
        """Raise the error of one property."""
        raise MappingError(f"{self._function}: {name} {why}")

    def refuse_unknown(self) -> None:
        """Refuse properties that nobody asked for: a mistyped name must not fall back to a default in silence."""
        unknown = ", ".join(sorted(str(name) for name in set(self._properties) - self._asked))
        if unknown:
            known = ", ".join(sorted(self._asked))
            raise MappingError(f"{self._function}: EventSourceMapping does not know {unknown}; it knows {known}")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
