"""A server for tests that kill its clients thousands of times: real, but it need not survive power loss itself."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.integration.redis_log.own_valkey import OwnValkey


@pytest.fixture(scope="session")
def quick_redis_url() -> Iterator[str]:
    """Valkey without an append-only file: clients die here, never the server, and fsync is most of a command's time."""
    with TemporaryDirectory(prefix="recours-model-") as directory:
        server = OwnValkey(Path(directory), "--appendonly", "no")
        try:
            server.start()
            yield server.url
        finally:
            server.close()
