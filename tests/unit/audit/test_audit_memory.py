"""The contract of the audit trail, in memory."""

import pytest

from repositories.memory.audit_trail import MemoryAuditTrail
from repositories.ports.audit_trail import AuditTrail
from tests.contract.audit_trail_contract import AuditTrailContract


class TestMemoryAuditTrail(AuditTrailContract):
    @pytest.fixture
    def trail(self) -> AuditTrail:
        return MemoryAuditTrail()
