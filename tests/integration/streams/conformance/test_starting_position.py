"""StartingPosition: where a group that never was begins to read."""

from collections.abc import Callable

import pytest

from streams.errors import MappingError
from tests.integration.streams.kit import Scene

TIMES = [f"2023-01-07T10:{minute:02}:00.000Z" for minute in range(6)]


def test_trim_horizon_begins_with_the_oldest_record_there_is(set_scene: Callable[..., Scene]) -> None:
    """AWS: CreateEventSourceMapping in the Lambda API reference, StartingPosition."""
    scene = set_scene(StartingPosition="TRIM_HORIZON")
    scene.add("a", "b")
    scene.poll()
    assert scene.function.ids() == ["1-0", "2-0"]


def test_latest_begins_with_what_comes_after(set_scene: Callable[..., Scene]) -> None:
    """AWS: CreateEventSourceMapping in the Lambda API reference, StartingPosition."""
    scene = set_scene(StartingPosition="LATEST")
    scene.add("a", "b")
    scene.poll()
    scene.add("c")
    scene.poll()
    assert scene.function.ids() == ["3-0"]


def test_latest_of_a_stream_that_is_not_there_yet_misses_nothing(set_scene: Callable[..., Scene]) -> None:
    """AWS: CreateEventSourceMapping in the Lambda API reference, StartingPosition."""
    scene = set_scene(StartingPosition="LATEST")
    scene.poll()
    scene.add("a")
    scene.poll()
    assert scene.function.ids() == ["1-0"]


def test_at_timestamp_begins_with_the_first_record_that_is_not_older(set_scene: Callable[..., Scene]) -> None:
    """AWS: CreateEventSourceMapping in the Lambda API reference, StartingPositionTimestamp."""
    scene = set_scene(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp="2023-01-07T10:03:00Z")
    for moment in TIMES:
        scene.add("a", timestamp=moment)
    scene.poll(2)
    assert scene.function.ids() == ["4-0", "5-0", "6-0"]


def test_at_timestamp_takes_unix_time_seconds(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Lambda parameters for Amazon Kinesis Data Streams event source mappings": in Unix time seconds."""
    scene = set_scene(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=1673085900)  # 10:05
    for moment in TIMES:
        scene.add("a", timestamp=moment)
    scene.poll()
    assert scene.function.ids() == ["6-0"]


def test_at_timestamp_before_all_of_it_reads_all_of_it(set_scene: Callable[..., Scene]) -> None:
    """AWS: CreateEventSourceMapping in the Lambda API reference, StartingPositionTimestamp."""
    scene = set_scene(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp="2020-01-01T00:00:00Z")
    scene.add("a", timestamp=TIMES[0])
    scene.poll()
    assert scene.function.ids() == ["1-0"]


def test_at_timestamp_after_all_of_it_begins_with_what_comes(set_scene: Callable[..., Scene]) -> None:
    """AWS: CreateEventSourceMapping in the Lambda API reference, StartingPositionTimestamp."""
    scene = set_scene(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp="2023-06-01T00:00:00Z")
    scene.add("a", timestamp=TIMES[0])
    scene.poll()
    scene.add("a", timestamp="2023-06-01T00:00:00Z")
    scene.poll()
    assert scene.function.ids() == ["2-0"]


def test_at_timestamp_cannot_be_a_time_to_come(set_scene: Callable[..., Scene]) -> None:
    """AWS: CreateEventSourceMapping in the Lambda API reference: "StartingPositionTimestamp cannot be in the
    future"."""
    scene = set_scene(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp="2030-01-01T00:00:00Z")
    with pytest.raises(MappingError, match="future"):
        scene.poll()


def test_the_position_is_of_the_first_start_alone(set_scene: Callable[..., Scene]) -> None:
    """AWS: CreateEventSourceMapping in the Lambda API reference, StartingPosition: of a mapping that is created."""
    scene = set_scene(StartingPosition="LATEST")
    scene.poll()
    scene.add("a")
    scene.restart()
    scene.poll()
    assert scene.function.ids() == ["1-0"]


def test_unlike_lambda_a_latest_group_that_is_destroyed_goes_on_at_its_checkpoint(
    set_scene: Callable[..., Scene],
) -> None:
    """AWS: CreateEventSourceMapping in the Lambda API reference. A mapping that is made anew there begins at the end
    and misses what came meanwhile; a group of ours never is made again at the end."""
    scene = set_scene(StartingPosition="LATEST")
    scene.add("a")
    scene.poll()
    scene.add("b")
    scene.poll(2, advance_s=2)
    scene.redis.xgroup_destroy(scene.mapping.stream, scene.mapping.group)
    scene.add("c", "d")
    scene.restart()
    scene.poll()
    assert scene.function.ids() == ["2-0", "3-0", "4-0"]


def test_unlike_lambda_a_latest_group_that_is_destroyed_before_it_read_goes_on_where_it_began(
    set_scene: Callable[..., Scene],
) -> None:
    """AWS: CreateEventSourceMapping in the Lambda API reference, StartingPosition."""
    scene = set_scene(StartingPosition="LATEST")
    scene.add("a")
    scene.restart()
    scene.redis.xgroup_destroy(scene.mapping.stream, scene.mapping.group)
    scene.add("b")
    scene.restart()
    scene.poll()
    assert scene.function.ids() == ["2-0"]
