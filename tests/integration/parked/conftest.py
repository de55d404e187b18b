"""A server of these tests' own: they look at everything that is parked on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.servers import embedded_server
from tests.integration.parked.parked_world import World


@pytest.fixture(scope="package")
def own_redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Valkey without anything."""
    with embedded_server("valkey", tmp_path_factory.mktemp("valkey")) as url:
        yield url


@pytest.fixture
def world(own_redis_url: str, tmp_path: Path) -> Iterator[World]:
    """An empty log with two subscribers."""
    world = World(own_redis_url, tmp_path)
    yield world
    world.redis.close()
