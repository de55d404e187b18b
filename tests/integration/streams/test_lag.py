"""How far a group is behind, as the server tells it."""

import json
from uuid import uuid4

import pytest
from redis import Redis

from streams.group.lag import measure_lag


@pytest.fixture
def stream(redis_url: str) -> tuple[Redis, str]:
    redis, name = Redis.from_url(redis_url), f"stream:{uuid4().hex}"
    for number in range(1, 6):
        redis.xadd(name, {"event": json.dumps({"timestamp": f"2025-07-08T14:30:0{number}.000Z"})}, id=f"{number}-0")
    redis.xgroup_create(name, "g", id="0")
    return redis, name


def test_what_was_never_delivered_is_behind(stream: tuple[Redis, str]) -> None:
    lag = measure_lag(*stream, "g")
    assert lag.entries == 5
    assert lag.oldest is not None
    assert lag.oldest.entry_id == "1-0"


def test_what_is_delivered_and_not_acknowledged_is_behind_too(stream: tuple[Redis, str]) -> None:
    redis, name = stream
    redis.xreadgroup("g", "one", {name: ">"}, count=3)
    redis.xack(name, "g", "1-0")
    lag = measure_lag(redis, name, "g")
    assert lag.entries == 4
    assert lag.oldest is not None
    assert lag.oldest.entry_id == "2-0"


def test_a_group_that_has_done_everything_is_not_behind(stream: tuple[Redis, str]) -> None:
    redis, name = stream
    redis.xreadgroup("g", "one", {name: ">"})
    redis.xack(name, "g", *(f"{number}-0" for number in range(1, 6)))
    lag = measure_lag(redis, name, "g")
    assert (lag.entries, lag.oldest) == (0, None)


def test_a_group_that_is_not_there_has_everything_to_do(stream: tuple[Redis, str]) -> None:
    assert measure_lag(*stream, "another").entries == 5


def test_entries_deleted_in_the_middle_do_not_count(stream: tuple[Redis, str]) -> None:
    redis, name = stream
    redis.xreadgroup("g", "one", {name: ">"}, count=1)
    redis.xdel(name, "3-0")
    assert measure_lag(redis, name, "g").entries == 4
