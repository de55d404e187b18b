"""A store that does not answer is told as that, and nothing else of it."""

from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from local.observing.own import own_text
from local.observing.stores import Figures, Watch, watches


class Answering:
    """A store with or without somebody behind."""

    def __init__(self, memory_ratio: float | None = None) -> None:
        self.is_up = True
        self._memory_ratio = memory_ratio

    def ping(self) -> None:
        if not self.is_up:
            raise ConnectionError("refused")

    def figures(self) -> Figures:
        return Figures(memory_bytes=100.0, disk_bytes=None, connections=3.0, memory_ratio=self._memory_ratio)


class Frozen(Answering):
    """A store that does not end its answer; `meanwhile` is what others do."""

    def __init__(self, watch: list[Watch]) -> None:
        super().__init__()
        self._watch = watch
        self.seen: list[float | None] = []

    def ping(self) -> None:
        for now_s in (0.0, float("inf")):
            self._watch[0].check(now_s)
            self.seen.append(value("store_up", "frozen"))


def value(name: str, store: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"store": store})


def told_of(store: str) -> set[str]:
    """The names of the metrics that `/metrics` has of it."""
    families = text_string_to_metric_families(own_text("").text)
    return {sample.name for family in families for sample in family.samples if sample.labels.get("store") == store}


def test_what_a_store_tells_is_measured_and_what_it_does_not_is_not() -> None:
    Watch("tried", Answering(), 1.0).ask_once()
    assert value("store_up", "tried") == 1
    assert value("store_memory_bytes", "tried") == 100
    assert value("store_connections", "tried") == 3
    assert told_of("tried") == {"store_up", "store_memory_bytes", "store_connections", "store_answer_seconds"}


def test_a_store_that_went_away_is_down_until_it_is_back() -> None:
    store = Answering()
    watch = Watch("going", store, 1.0)
    seen = []
    for is_up in (True, False, True):
        store.is_up = is_up
        watch.ask_once()
        seen.append((value("store_up", "going"), len(told_of("going"))))
    assert seen == [(1, 4), (0, 1), (1, 4)]


def test_the_memory_of_the_log_is_told_while_the_log_answers() -> None:
    log = Answering(memory_ratio=0.25)
    watch = Watch("log", log, 1.0)
    seen = []
    for is_up in (False, True, False):
        log.is_up = is_up
        watch.ask_once()
        seen.append("\nlog_memory_ratio 0.25\n" in own_text("").text)
    assert seen == [False, True, False]


def test_a_store_whose_answer_is_overdue_is_down_though_its_client_waits() -> None:
    held: list[Watch] = []
    store = Frozen(held)
    held.append(Watch("frozen", store, 1.0))
    held[0].ask_once()
    assert store.seen == [None, 0]
    assert value("store_up", "frozen") == 1, "it did answer in the end"


def test_only_stores_whose_address_is_given_are_watched() -> None:
    assert watches({"RedisUrl": "", "CustomParameter": "x"}, 2.0) == []
    assert len(watches({"RedisUrl": "redis://127.0.0.1:9/0", "PostgresUrl": "postgresql://127.0.0.1:9/x"}, 2.0)) == 2
