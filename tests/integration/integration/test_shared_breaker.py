"""One breaker in several processes: its memory is the log's server."""

import time
from uuid import uuid4

import pytest

from functions.integration.upstream.breaker import FAILURES_MAX, OPEN_S, CircuitOpenError, SharedBreaker
from functions.integration.upstream.errors import OtherDocumentError, UpstreamUnavailableError
from functions.integration.upstream.patience import TRIAL, USUAL, Patience
from repositories.redis_log.connection import connect


class Remote:
    """A system that a test takes down; `patiences` are those that it was asked with."""

    def __init__(self) -> None:
        self.is_up = True
        self.patiences: list[Patience] = []

    def ask(self, patience: Patience) -> str:
        self.patiences.append(patience)
        if not self.is_up:
            raise UpstreamUnavailableError("it does not answer in time")
        return "well"


@pytest.fixture
def two(redis_url: str) -> tuple[SharedBreaker, SharedBreaker]:
    """The same breaker in two execution environments."""
    name = f"orders-{uuid4()}"
    return SharedBreaker(name, connect(redis_url)), SharedBreaker(name, connect(redis_url))


def fail(breaker: SharedBreaker, remote: Remote, times: int) -> None:
    for _ in range(times):
        with pytest.raises(UpstreamUnavailableError):
            breaker.run(remote.ask)


def test_what_one_process_found_out_keeps_the_other_off(two: tuple[SharedBreaker, SharedBreaker]) -> None:
    one, other = two
    remote = Remote()
    remote.is_up = False
    fail(one, remote, FAILURES_MAX - 1)
    assert (one.circuit(), other.circuit()) == ("closed", "closed")
    fail(other, remote, 1)
    assert (one.circuit(), other.circuit()) == ("open", "open")
    for breaker in two:
        with pytest.raises(CircuitOpenError):
            breaker.run(remote.ask)
    assert remote.patiences == [USUAL] * FAILURES_MAX


def test_a_success_between_failures_begins_the_count_anew(two: tuple[SharedBreaker, SharedBreaker]) -> None:
    one, other = two
    remote = Remote()
    for breaker in (one, other):
        remote.is_up = False
        fail(breaker, remote, FAILURES_MAX - 1)
        remote.is_up = True
        assert breaker.run(remote.ask) == "well"
    assert one.circuit() == "closed"


def test_when_it_is_back_one_tries_and_the_circuit_closes_for_all(two: tuple[SharedBreaker, SharedBreaker]) -> None:
    one, other = two
    remote = Remote()
    remote.is_up = False
    fail(one, remote, FAILURES_MAX)
    remote.is_up = True
    remote.patiences.clear()
    deadline = time.monotonic() + 10
    while other.circuit() != "closed" and time.monotonic() < deadline:
        for breaker in two:
            try:
                breaker.run(remote.ask)
            except CircuitOpenError:
                time.sleep(0.05)
    assert (one.circuit(), other.circuit()) == ("closed", "closed")
    assert remote.patiences[0] == TRIAL


def test_of_several_at_once_only_one_tries_a_system_that_is_still_down(
    two: tuple[SharedBreaker, SharedBreaker],
) -> None:
    one, other = two
    remote = Remote()
    remote.is_up = False
    fail(one, remote, FAILURES_MAX)
    time.sleep(OPEN_S + 1.1)  # pybreaker keeps whole seconds

    def ask_while_the_other_does(patience: Patience) -> str:
        with pytest.raises(CircuitOpenError):
            other.run(remote.ask)
        return remote.ask(patience)

    remote.patiences.clear()
    assert (one.circuit(), other.circuit()) == ("half_open", "half_open")
    with pytest.raises(UpstreamUnavailableError):
        one.run(ask_while_the_other_does)
    assert remote.patiences == [TRIAL]
    assert one.circuit() == "open"


def test_an_answer_about_another_id_opens_no_circuit(two: tuple[SharedBreaker, SharedBreaker]) -> None:
    one, _ = two

    def about_another(_: Patience) -> str:
        raise OtherDocumentError("the answer is about another id")

    for _ in range(FAILURES_MAX + 1):
        with pytest.raises(OtherDocumentError):
            one.run(about_another)
    assert one.circuit() == "closed"


def test_an_error_of_ours_is_no_failure_of_theirs(two: tuple[SharedBreaker, SharedBreaker]) -> None:
    one, _ = two

    def broken(_: Patience) -> str:
        raise ZeroDivisionError

    for _ in range(FAILURES_MAX + 1):
        with pytest.raises(ZeroDivisionError):
            one.run(broken)
    assert one.circuit() == "closed"


def test_without_the_log_s_server_the_circuit_is_closed() -> None:
    breaker = SharedBreaker("orders", connect("redis://127.0.0.1:9/0", timeout_s=0.2))
    remote = Remote()
    assert breaker.run(remote.ask) == "well"
    remote.is_up = False
    fail(breaker, remote, FAILURES_MAX + 1)
    assert breaker.circuit() == "closed"
