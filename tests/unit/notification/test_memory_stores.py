"""The stores in memory keep the contract."""

import pytest

from repositories.memory.contacts import MemoryContactStore
from repositories.memory.notifications import MemoryNotificationStore
from tests.contract.notifications_contract import ContactStoreContract, NotificationStoreContract


class TestMemoryNotificationStore(NotificationStoreContract):
    @pytest.fixture
    def store(self) -> MemoryNotificationStore:
        return MemoryNotificationStore()


class TestMemoryContactStore(ContactStoreContract):
    @pytest.fixture
    def store(self) -> MemoryContactStore:
        return MemoryContactStore()
