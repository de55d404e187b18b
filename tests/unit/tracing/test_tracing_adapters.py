"""A traced store is the store, with a span for each call."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from metrics import tracing
from tests.unit.tracing.recording import Recording

REQUEST = {"requestContext": {"httpMethod": "GET", "resourcePath": "/x"}}


class Store:
    kind = "store"

    def __init__(self) -> None:
        self.limit = 2
        self.closed = False
        self._asked = 0

    @property
    def size(self) -> int:
        return self.limit * 2

    def find(self, name: str, *, limit: int = 1) -> tuple[str, int]:
        """Find."""
        self._asked += 1
        return name, limit

    def items(self) -> Generator[int, None, str]:
        try:
            yield from range(self.limit)
        finally:
            self.closed = True
        return "all"

    def broken_items(self) -> Iterator[int]:
        yield 1
        raise LookupError("aline@example.com")

    @contextmanager
    def transaction(self) -> Iterator["Store"]:
        yield self
        self.closed = True

    def asked(self) -> int:
        return self._asked


@pytest.fixture
def store(traces: Recording) -> Store:
    return tracing.traced(Store(), "store", "postgresql")


def test_a_call_gives_what_the_store_gives_and_is_a_span(store: Store, traces: Recording) -> None:
    with tracing.request(REQUEST, {}, "x"):
        assert store.find("a", limit=3) == ("a", 3)
        assert store.find("b") == ("b", 1)
    spans = [span for span in traces.spans() if span.name == "store.find"]
    assert [(span.kind, span.parent, span.error) for span in spans] == [("CLIENT", "GET /x", None)] * 2
    assert spans[0].attributes == {"db.system.name": "postgresql"}
    assert spans[0].began_ns <= spans[0].ended_ns <= spans[1].began_ns


def test_what_is_no_call_is_the_stores_own(store: Store, traces: Recording) -> None:
    with tracing.request(REQUEST, {}, "x"):
        assert (store.limit, store.size, store.kind, store._asked) == (2, 4, "store", 0)
        store.find("a")
        assert store._asked == 1
    assert traces.names() == ["store.find", "GET /x"]
    with pytest.raises(AttributeError, match="nothing"):
        store.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_a_method_keeps_its_name_and_its_documentation(store: Store) -> None:
    assert (store.find.__name__, store.find.__doc__) == ("find", "Find.")


def test_a_generator_is_a_span_from_its_first_item_to_its_last(store: Store, traces: Recording) -> None:
    with tracing.request(REQUEST, {}, "x"):
        items = store.items()
        assert next(items) == 0
        assert traces.names() == []
        assert list(items) == [1]
        assert traces.names() == ["store.items"]
    assert store.closed


def test_a_generator_that_is_closed_early_closes_the_stores_and_is_no_failure(store: Store, traces: Recording) -> None:
    with tracing.request(REQUEST, {}, "x"):
        items = store.items()
        next(items)
        items.close()
    assert store.closed
    assert traces.one("store.items").error is None


def test_a_generator_gives_back_what_the_stores_returns(store: Store) -> None:
    returned: list[str] = []

    def through() -> Generator[int, None, None]:
        returned.append((yield from store.items()))

    assert list(through()) == [0, 1]
    assert returned == ["all"]


def test_a_generator_that_fails_fails_its_span(store: Store, traces: Recording) -> None:
    with tracing.request(REQUEST, {}, "x"), pytest.raises(LookupError):
        list(store.broken_items())
    assert traces.one("store.broken_items").error == "LookupError"


def test_a_context_manager_goes_through_unharmed(store: Store) -> None:
    with store.transaction() as inner:
        assert inner.find("a") == ("a", 1)
    assert store.closed


def test_a_call_outside_of_an_invocation_is_no_span(store: Store, traces: Recording) -> None:
    assert store.find("a") == ("a", 1)
    assert traces.spans() == []
