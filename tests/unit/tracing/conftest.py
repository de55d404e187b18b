"""Every test here may ask for the spans that it makes."""

from collections.abc import Iterator

import pytest

from tests.unit.tracing.recording import Recording, recording


@pytest.fixture
def traces() -> Iterator[Recording]:
    with recording() as recorded:
        yield recorded
