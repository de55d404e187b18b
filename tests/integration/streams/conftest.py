"""A client for the tests of the streams layer, and scenes on it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis

from tests.integration.streams.kit import Scene


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    client.close()


@pytest.fixture
def set_scene(redis: Redis) -> Callable[..., Scene]:
    """Makes a scene of a mapping's properties, by the names of AWS."""

    def make(**properties: Any) -> Scene:
        return Scene(redis, **properties)

    return make


@pytest.fixture
def scene(set_scene: Callable[..., Scene]) -> Scene:
    """One with partial responses and batches of three."""
    return set_scene()
