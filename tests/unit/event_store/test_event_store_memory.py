"""The contracts of the archive and the snapshots, in memory."""

import pytest

from repositories.memory.archive import MemoryArchive
from repositories.memory.snapshots import MemorySnapshots
from repositories.ports.archive import Archive, ArchiveCheckpoints
from repositories.ports.snapshots import Snapshots
from tests.contract.archive_contract import ArchiveContract
from tests.contract.snapshots_contract import SnapshotsContract


class TestMemoryArchive(ArchiveContract):
    @pytest.fixture
    def memory(self) -> MemoryArchive:
        return MemoryArchive()

    @pytest.fixture
    def archive(self, memory: MemoryArchive) -> Archive:
        return memory

    @pytest.fixture
    def checkpoints(self, memory: MemoryArchive) -> ArchiveCheckpoints:
        return memory


class TestMemorySnapshots(SnapshotsContract):
    @pytest.fixture
    def snapshots(self) -> Snapshots:
        return MemorySnapshots()
