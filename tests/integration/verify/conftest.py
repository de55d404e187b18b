"""One set of servers a module."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from local.servers import embedded_servers
from local.verify.stores import open_stores
from tests.integration.verify.damage import Damage
from tests.integration.verify.whole_system import WholeSystem
from tests.integration.verify.world import CLAIMS, World, lives
from tests.unit.notification.claim_life import DATA


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with ExitStack() as stack:
        directory = stack.enter_context(TemporaryDirectory(prefix="recours-verify-"))
        urls = stack.enter_context(embedded_servers(Path(directory)))
        system = WholeSystem(urls)
        stack.callback(system.close)
        system.append(lives([f"claim_{number}" for number in range(1, CLAIMS + 1)], list(DATA)))
        system.deliver()
        stores = stack.enter_context(open_stores(urls.redis_url, urls.mongo_url, urls.postgres_url))
        yield World(system, stores, Damage(system))
