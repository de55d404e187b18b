"""The names that a group has on the server. They are stored data."""

from streams.group.keys import GroupKeys


def names(stream: str) -> dict[str, str]:
    keys = GroupKeys(stream, "audit")
    return {
        name: getattr(keys, name)
        for name in ("parked", "parked_keys", "parked_ids", "retry", "retried", "discarded", "checkpoint", "window")
    }


def test_the_names_never_change() -> None:
    assert names("events:all") == {
        "parked": "events:parked:audit",
        "parked_keys": "events:parked:audit:keys",
        "parked_ids": "events:parked:audit:ids",
        "retry": "events:parked:audit:retry",
        "retried": "events:parked:audit:retried",
        "discarded": "events:discarded:audit",
        "checkpoint": "events:checkpoint:audit",
        "window": "events:window:audit",
    }


def test_in_a_cluster_they_lie_in_the_streams_slot() -> None:
    assert all(name.startswith("{p3}:events:") for name in names("{p3}:events:all").values())


def test_braces_elsewhere_are_no_hash_tag_of_ours() -> None:
    assert names("orders:{7}")["parked"] == "events:parked:audit"
