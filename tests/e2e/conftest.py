"""One system of its own for the scripts."""

from collections.abc import Iterator

import pytest

from tests.system import RunningSystem, running_system


@pytest.fixture(scope="session")
def system() -> Iterator[RunningSystem]:
    """A running system, the same one for the whole session."""
    with running_system() as system:
        yield system
