"""The read models' contract on the form in memory."""

import pytest

from repositories.memory.read_models import MemoryReadModels
from tests.contract.read_models_context_contract import ReadModelsContextContract
from tests.contract.read_models_contract import ReadModels, ReadModelsContract


class TestReadModelsInMemory(ReadModelsContract, ReadModelsContextContract):
    @pytest.fixture
    def read_models(self) -> ReadModels:
        memory = MemoryReadModels()
        return ReadModels(memory, memory)
