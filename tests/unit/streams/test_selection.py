"""How many of the entries that wait go into one batch."""

from dataclasses import replace

from streams.entry import Entry
from streams.lanes.selection import PAYLOAD_BYTES_MAX, take_batch
from streams.mapping import EventSourceMapping

MAPPING = EventSourceMapping("F", "s", "g", batch_size=3)


def waiting(*sizes: int, minute: int = 0) -> list[Entry]:
    event = {"timestamp": f"2025-01-07T10:{minute:02}:00Z"}
    return [Entry(f"{n}-0", (n, 0), "a", event, 1, size) for n, size in enumerate(sizes, 1)]


def test_nothing_makes_no_batch() -> None:
    batch = take_batch([], MAPPING)
    assert (batch.entries, batch.is_full) == ([], False)


def test_as_many_as_the_mapping_says() -> None:
    entries = waiting(1, 1, 1, 1)
    assert take_batch(entries, MAPPING).entries == entries[:3]
    assert take_batch(entries, MAPPING).is_full
    assert not take_batch(entries[:2], MAPPING).is_full


def test_as_much_as_one_request_takes() -> None:
    half = PAYLOAD_BYTES_MAX // 2
    exactly = take_batch(waiting(half, half), MAPPING)
    assert (len(exactly.entries), exactly.is_full) == (2, True)
    more = take_batch(waiting(half, half + 1), MAPPING)
    assert (len(more.entries), more.is_full) == (1, True)


def test_one_that_is_too_large_goes_alone() -> None:
    batch = take_batch(waiting(PAYLOAD_BYTES_MAX + 1, 1), MAPPING)
    assert (len(batch.entries), batch.is_full) == (1, True)


def test_a_batch_is_of_one_window() -> None:
    windows = replace(MAPPING, tumbling_window_s=60)
    batch = take_batch([*waiting(1), *waiting(1, minute=1)], windows)
    assert (len(batch.entries), batch.is_full) == (1, True)


def test_what_comes_late_goes_with_the_window_that_is_open() -> None:
    windows = replace(MAPPING, tumbling_window_s=60)
    assert len(take_batch([*waiting(1, minute=1), *waiting(1)], windows).entries) == 2
