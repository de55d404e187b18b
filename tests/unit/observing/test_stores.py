"""A store that does not answer is told as that, and nothing else of it."""

from prometheus_client import REGISTRY

from local.observing.stores import Figures, Watch


class Answering:
    def __init__(self) -> None:
        self.is_up = True

    def ask(self) -> Figures:
        if not self.is_up:
            raise ConnectionError("refused")
        return Figures(memory_bytes=100.0, disk_bytes=None, connections=3.0)


def value(name: str, store: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"store": store})


def test_what_a_store_tells_is_measured_and_what_it_does_not_is_not() -> None:
    Watch("tried", Answering(), 1.0).ask_once()
    assert value("store_up", "tried") == 1
    assert value("store_memory_bytes", "tried") == 100
    assert value("store_connections", "tried") == 3
    assert value("store_disk_bytes", "tried") is None


def test_a_store_that_went_away_is_down_until_it_is_back() -> None:
    store = Answering()
    watch = Watch("going", store, 1.0)
    seen = []
    for is_up in (True, False, True):
        store.is_up = is_up
        watch.ask_once()
        seen.append(value("store_up", "going"))
    assert seen == [1, 0, 1]
