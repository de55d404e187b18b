"""Stores and transports that are traced: each call of a port's method is a span of its own."""

import inspect
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import wraps
from time import time_ns
from typing import TYPE_CHECKING, Any, TypeVar, cast

from metrics.tracing.switch import active

if TYPE_CHECKING:
    from metrics.tracing.tracer import Tracer

Adapter = TypeVar("Adapter")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of an adapter, as its span tells it: `audit_trail.record`.

    `is_shared`: in a batch it is done for all records, so that each has a copy of it.
    """

    name: str
    attributes: dict[str, str]
    is_shared: bool


def traced(adapter: Adapter, name: str, system: str) -> Adapter:
    """A store with spans `<name>.<method>`; `system` by the conventions: mongodb, redis, postgresql.

    It is the adapter itself where there are no traces.
    """
    return _proxy(adapter, name, {"db.system.name": system}, is_shared=True)


def traced_sends(adapter: Adapter, name: str, protocol: str) -> Adapter:
    """As `traced`, for what sends one message after the other, each for one event."""
    return _proxy(adapter, name, {"network.protocol.name": protocol}, is_shared=False)


def _proxy(adapter: Adapter, name: str, attributes: dict[str, str], *, is_shared: bool) -> Adapter:
    tracer = active()
    if tracer is None:
        return adapter
    return cast("Adapter", _TracedAdapter(adapter, tracer, name, attributes, is_shared))


class _TracedAdapter:
    """Has what the adapter has. Its own attributes are mangled, so that they hide none of the adapter's."""

    def __init__(self, adapter: object, tracer: "Tracer", name: str, attributes: dict[str, str], shared: bool) -> None:
        self.__adapter = adapter
        self.__tracer = tracer
        self.__name = name
        self.__attributes = attributes
        self.__shared = shared

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.__adapter, name)
        if name.startswith("_") or not inspect.isroutine(value):
            return value
        operation = Operation(f"{self.__name}.{name}", self.__attributes, self.__shared)
        call = _followed(value, operation, self.__tracer)
        self.__dict__[name] = call  # found there the next time
        return call


def _followed(method: Callable[..., Any], operation: Operation, tracer: "Tracer") -> Callable[..., Any]:
    @wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        began_ns = time_ns()
        try:
            result = method(*arguments, **named)
        except BaseException as error:
            tracer.note(operation, began_ns, error)
            raise
        if inspect.isgenerator(result):
            return _until_exhausted(result, operation, tracer)
        tracer.note(operation, began_ns, None)
        return result

    return call


def _until_exhausted(
    items: Generator[Any, Any, Any], operation: Operation, tracer: "Tracer"
) -> Generator[Any, Any, Any]:
    """A generator does nothing before it is asked for its first item, and is done with its last, or when closed."""
    began_ns = time_ns()
    try:
        result = yield from items
    except GeneratorExit:
        tracer.note(operation, began_ns, None)
        raise
    except BaseException as error:
        tracer.note(operation, began_ns, error)
        raise
    tracer.note(operation, began_ns, None)
    return result
