"""Gateways that the tests of one file share: a function that was harmed is whole again for the next."""

from collections.abc import Iterator

import pytest

from tests.integration.gateway.gateway_process import Gateway, Trials, trials_in


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trials]:
    """A gateway that lets each function have three environments, unless its concurrency is reserved."""
    with trials_in(tmp_path_factory.mktemp("trials"), "--processes-max", "3") as made:
        yield made


@pytest.fixture
def gateway(trials: Trials) -> Gateway:
    return trials.gateway
