"""The contracts of the stores on the servers."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from repositories.mongo.client import client_for
from repositories.mongo.waiting_contexts import MongoWaitingContexts
from repositories.ports.kept_requests import KeptRequests
from repositories.ports.waiting_contexts import WaitingContexts
from repositories.redis_log.connection import connect
from repositories.redis_log.kept_requests import RedisKeptRequests
from tests.contract.kept_requests_contract import HASH, KeptRequestsContract
from tests.contract.waiting_contexts_contract import WaitingContextsContract


class TestRedisKeptRequests(KeptRequestsContract):
    @pytest.fixture
    def kept(self, redis_url: str) -> KeptRequests:
        return RedisKeptRequests(connect(redis_url))

    def test_it_is_kept_for_so_long_and_no_longer(self, redis_url: str) -> None:
        client, key = connect(redis_url), str(uuid4())
        RedisKeptRequests(client).keep(key, HASH, {}, 60)
        assert 0 < client.ttl(f"integration:request:{key}") <= 60


class TestMongoWaitingContexts(WaitingContextsContract):
    @pytest.fixture
    def waiting(self, mongo_url: str) -> Iterator[WaitingContexts]:
        client = client_for(mongo_url)
        name = f"waiting_{uuid4().hex}"
        store = MongoWaitingContexts(client[name])
        store.create_indexes()
        yield store
        client.drop_database(name)
