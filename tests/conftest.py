"""Fixtures that every test may ask for. The servers are real; each starts when the first test asks for it."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from local.servers import ServerName
    from tests.otlp_receiver import OtlpReceiver
    from tests.system import RunningSystem

# Handlers are closed unless they are told otherwise; a test of who may do what tells them again.
os.environ["AUTH_MODE"] = "off"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--packaged", action="store_true", help="the whole system runs built packages")


def _running(name: "ServerName") -> Iterator[str]:
    from local.servers import embedded_server

    with TemporaryDirectory(prefix="recours-test-") as directory, embedded_server(name, Path(directory)) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Valkey with the log's durability settings, the same one for the whole session: use keys of your own."""
    yield from _running("valkey")


@pytest.fixture(scope="session")
def mongo_url() -> Iterator[str]:
    """The MongoDB-protocol server, the same one for the whole session: use databases of your own."""
    yield from _running("mongo")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """PostgreSQL 18 with an empty database `recours`, the same one for the whole session: use schemas of your own."""
    yield from _running("postgres")


@pytest.fixture(scope="session")
def trace_receiver() -> "Iterator[OtlpReceiver]":
    """Where the `system` sends its spans."""
    from tests.otlp_receiver import otlp_receiver

    with otlp_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def system(pytestconfig: pytest.Config, trace_receiver: "OtlpReceiver") -> "Iterator[RunningSystem]":
    """The whole system as `up` starts it, the same one for the whole session: leave it whole.

    It traces, but only what comes with a trace that is kept: the rest costs next to nothing, and shows that whatever
    is done goes as well with it. How all goes without it is for the systems that tests start of their own.
    """
    from tests.system import running_system

    options = ["--packaged"] if pytestconfig.getoption("--packaged") else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
        with running_system("--traces", trace_receiver.url, *options) as system:
            yield system
