"""An entry as Redis gives it, and what is told of it."""

import json

import pytest

from streams.entry import Entry, to_entry


def of(event: object, entry_id: bytes = b"17-0") -> Entry:
    return to_entry(entry_id, {b"event": json.dumps(event).encode()}, 1)


def test_the_event_is_decoded_and_has_its_position() -> None:
    entry = of({"aggregate_id": "claim_1"})
    assert entry.event == {"aggregate_id": "claim_1", "position": 17}
    assert (entry.entry_id, entry.order, entry.key) == ("17-0", (17, 0), "claim_1")


def test_a_position_that_the_event_tells_is_kept() -> None:
    assert of({"position": 3}).event["position"] == 3


def test_ids_are_ordered_as_numbers() -> None:
    ids = [b"9-0", b"10-0", b"9-10", b"9-9"]
    assert sorted(ids, key=lambda each: of({}, each).order) == [b"9-0", b"9-9", b"9-10", b"10-0"]


@pytest.mark.parametrize("event", [{}, {"aggregate_id": None}, {"aggregate_id": True}, {"aggregate_id": ["a"]}])
def test_without_a_key_that_is_text_or_a_number_an_entry_has_its_own(event: object) -> None:
    assert of(event).key == "17-0"


def test_a_key_that_no_encoding_has_is_none() -> None:
    assert to_entry(b"17-0", {b"event": b'{"aggregate_id": "a\\ud800"}'}, 1).key == "17-0"


def test_a_key_may_be_a_whole_number() -> None:
    assert of({"aggregate_id": 7}).key == "7"


def test_the_mapping_names_the_field_that_orders() -> None:
    entry = to_entry(b"1-0", {b"event": b'{"customer_id": "ada", "aggregate_id": "claim_1"}'}, 1, "customer_id")
    assert entry.key == "ada"


@pytest.mark.parametrize("text", [b"{not json", b"[1]", b'"text"', b"null", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_event_is_told_as_unreadable(text: bytes) -> None:
    entry = to_entry(b"17-0", {b"event": text}, 1)
    assert entry.event == {"unreadable": {"event": text.decode(errors="replace")}, "position": 17}
    assert entry.key == "17-0"


def test_an_entry_without_the_field_has_its_fields_as_the_event() -> None:
    entry = to_entry(b"17-0", {b"name": b"Ada", b"aggregate_id": b"claim_1"}, 3)
    assert (entry.event, entry.key, entry.delivery_count) == (
        {"name": "Ada", "aggregate_id": "claim_1"},
        "claim_1",
        3,
    )


def test_its_size_is_that_of_its_fields() -> None:
    assert to_entry(b"1-0", {b"a": b"12345", b"b": b"123"}, 1).size == 8


@pytest.mark.parametrize(
    ("timestamp", "expected_ms"),
    [
        ("1970-01-01T00:00:01.500Z", 1500),
        ("1970-01-01T01:00:01+01:00", 1000),
        ("1970-01-01T00:00:01", 1000),
        ("yesterday", None),
    ],
)
def test_its_time_is_what_the_event_tells(timestamp: str, expected_ms: int | None) -> None:
    assert of({"timestamp": timestamp}).timestamp_ms == expected_ms


def test_an_id_that_redis_gave_tells_the_time_and_a_counter_does_not() -> None:
    assert of({}, b"1700000000000-0").timestamp_ms == 1_700_000_000_000
    assert of({}, b"1700000-0").timestamp_ms is None
