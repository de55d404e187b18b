"""The read models' contract on PostgreSQL."""

from collections.abc import Iterator

import pytest

from tests.contract.read_models_context_contract import ReadModelsContextContract
from tests.contract.read_models_contract import ReadModels, ReadModelsContract
from tests.integration.postgres.read_model_database import migrated_database, open_read_models


@pytest.fixture(scope="module")
def database_url(postgres_url: str) -> Iterator[str]:
    with migrated_database(postgres_url) as url:
        yield url


class TestReadModelsOnPostgres(ReadModelsContract, ReadModelsContextContract):
    @pytest.fixture
    def read_models(self, database_url: str) -> Iterator[ReadModels]:
        with open_read_models(database_url) as opened:
            yield opened
