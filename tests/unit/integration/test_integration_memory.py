"""The contracts of the stores in memory."""

import pytest

from repositories.memory.kept_requests import MemoryKeptRequests
from repositories.memory.waiting_contexts import MemoryWaitingContexts
from repositories.ports.kept_requests import KeptRequests
from repositories.ports.waiting_contexts import WaitingContexts
from tests.contract.kept_requests_contract import KeptRequestsContract
from tests.contract.waiting_contexts_contract import WaitingContextsContract


class TestMemoryKeptRequests(KeptRequestsContract):
    @pytest.fixture
    def kept(self) -> KeptRequests:
        return MemoryKeptRequests()


class TestMemoryWaitingContexts(WaitingContextsContract):
    @pytest.fixture
    def waiting(self) -> WaitingContexts:
        return MemoryWaitingContexts()
