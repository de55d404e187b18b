"""The parts around a pool: limits, names, Lambda's lines, the log's file, the channel to an environment."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from local.apigateway.invoking import (
    InvocationFailedError,
    InvocationThrottledError,
    InvocationTimedOutError,
    NotInvokedError,
)
from local.environment.worker import failures, frames
from local.runtime.contract import Invocation, Invoked, Outcome, ThrottledError, UnavailableError
from local.runtime.invoker import GatewayInvoker
from local.runtime.limits import ACCOUNT_CONCURRENCY, limits_of
from local.runtime.log_file import TAIL_BYTES_MAX, LogFile
from local.runtime.memory import MemoryMeter
from local.runtime.places import places_of
from local.runtime.reports import end_lines, start_line
from local.runtime.source.channel import Channel, ChannelClosedError, open_channel
from local.supervisor.logs import LOG_BYTES_MAX
from local.template import Function, Route

HEALTH = (Route("GET", "/health"),)
FUNCTION = Function("F", "a.b", "f", None, "", 1, 3, 128, {}, (), Path(), (), None)


def function(name: str, service: str, *, environments: int = 1, routes: tuple[Route, ...] = HEALTH) -> Function:
    return replace(FUNCTION, name=name, service=service, environments=environments, routes=routes)


def test_a_function_has_the_accounts_concurrency_and_as_many_processes_as_a_laptop_can_have() -> None:
    limits = limits_of(FUNCTION, warm=2)
    assert limits.invocations_max == ACCOUNT_CONCURRENCY
    assert limits.warm == 2
    assert limits.processes_max >= 4
    assert limits_of(FUNCTION, warm=100).processes_max >= 100


def test_reserved_concurrency_bounds_the_invocations_and_has_a_process_for_each() -> None:
    limits = limits_of(replace(FUNCTION, concurrency_max=20), warm=2)
    assert (limits.invocations_max, limits.processes_max) == (20, 20)


def test_nothing_is_kept_warm_for_a_function_that_may_not_run() -> None:
    limits = limits_of(replace(FUNCTION, concurrency_max=0), warm=2)
    assert (limits.invocations_max, limits.warm) == (0, 0)


def test_a_number_of_processes_that_was_asked_for_bounds_them_all() -> None:
    limits = limits_of(replace(FUNCTION, concurrency_max=20), warm=5, processes_max=3)
    assert (limits.invocations_max, limits.processes_max, limits.warm) == (20, 3, 3)


def test_environments_are_named_after_their_service_and_numbered_where_several_are_kept() -> None:
    places = places_of([function("A", "audit"), function("C", "claims", environments=2)], Path("/logs"))
    assert [places["A"].of(number) for number in (1, 2)] == [
        ("audit", Path("/logs/audit.log")),
        ("audit-2", Path("/logs/audit-2.log")),
    ]
    assert [places["C"].of(number)[0] for number in (1, 2)] == ["claims-1", "claims-2"]


def test_only_the_first_function_of_a_service_with_routes_goes_by_the_services_name() -> None:
    functions = [function("Stream", "audit", routes=()), function("Http", "audit"), function("Admin", "audit")]
    places = places_of(functions, Path("/logs"))
    assert [places[one.name].of(1)[0] for one in functions] == ["Stream", "audit", "Admin"]


def test_lambdas_lines_have_its_fields_and_tabs() -> None:
    assert start_line("r-1") == b"START RequestId: r-1 Version: $LATEST\n"
    lines = end_lines("r-1", duration_ms=12.345, init_ms=100.2, memory_mb=128, memory_max_mb=40, error_type="")
    assert lines == (
        b"END RequestId: r-1\nREPORT RequestId: r-1\tDuration: 12.35 ms\tBilled Duration: 113 ms\t"
        b"Memory Size: 128 MB\tMax Memory Used: 40 MB\tInit Duration: 100.20 ms\n"
    )


@pytest.mark.parametrize(
    ("error_type", "ending"),
    [
        ("Sandbox.Timedout", b"Used: 40 MB\tStatus: timeout\n"),
        ("Runtime.OutOfMemory", b"Used: 40 MB\tStatus: error\tError Type: Runtime.OutOfMemory\n"),
        ("ValueError", b"Used: 40 MB\tStatus: error\tError Type: ValueError\n"),
    ],
)
def test_a_report_says_how_an_invocation_failed(error_type: str, ending: bytes) -> None:
    lines = end_lines("r", duration_ms=1, init_ms=None, memory_mb=128, memory_max_mb=40, error_type=error_type)
    assert lines.endswith(ending)


def test_lambdas_lines_begin_on_a_line_of_their_own(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "a.log")
    log.write(b"START\n")
    with log.path.open("ab") as printed:
        printed.write(b"without an end")
    log.write(b"END\n")
    log.write(b"REPORT\n")
    log.close()
    assert log.path.read_text() == "START\nwithout an end\nEND\nREPORT\n"


def test_the_tail_of_a_log_is_its_last_four_kibibytes_from_a_place_on(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "a.log")
    log.write(b"before\n")
    start = log.size()
    log.write(b"after\n")
    assert log.tail_since(start) == b"after\n"
    log.write(b"x" * TAIL_BYTES_MAX)
    assert log.tail_since(start) == b"x" * TAIL_BYTES_MAX
    log.close()


def test_a_large_log_is_set_aside_and_who_has_it_open_goes_on_at_its_beginning(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "a.log")
    with log.path.open("ab", buffering=0) as process:
        process.write(b"x" * LOG_BYTES_MAX)
        log.rotate_if_large()
        assert log.size() == LOG_BYTES_MAX
        process.write(b"x")
        log.rotate_if_large()
        process.write(b"y")
        log.write(b"z")
    assert log.path.read_bytes() == b"y\nz"
    assert (tmp_path / "a.log.1").stat().st_size == LOG_BYTES_MAX + 1
    log.close()
    log.close()  # whoever else has that descriptor by now keeps it


def test_a_log_that_cannot_be_written_to_fails_nobody(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = LogFile(tmp_path / "a.log")
    log.close()
    log.write(b"START\n")
    assert "a.log" in capfd.readouterr().err


def test_a_process_is_measured_while_it_runs() -> None:
    meter = MemoryMeter(os.getpid())
    before_mb = meter.measure_mb()
    kept = bytearray(b"x") * (64 << 20)
    assert meter.measure_mb() >= before_mb + 50
    del kept
    assert meter.largest_mb >= before_mb + 50
    meter.close()


class Ends:
    """A channel and its other side."""

    def __init__(self, channel: Channel, theirs: socket.socket) -> None:
        self.channel = channel
        self.theirs = theirs

    async def says(self, data: bytes) -> None:
        await asyncio.to_thread(self.theirs.sendall, data)


def over_a_channel(story: Callable[[Ends], Awaitable[None]]) -> None:
    async def whole() -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            ends = Ends(await open_channel(ours), theirs)
            await asyncio.wait_for(story(ends), 10)
            ends.channel.close()

    asyncio.run(whole())


def test_frames_come_whole_however_they_are_cut() -> None:
    async def story(ends: Ends) -> None:
        sent = b"".join(frames.encode({"n": number, "x": "y" * 100_000}) for number in range(3)) + frames.encode({})
        for start in range(0, len(sent), 77_777):
            await ends.says(sent[start : start + 77_777])
        received = [frames.decode(await ends.channel.receive()) for _ in range(4)]
        assert [message.get("n") for message in received] == [0, 1, 2, None]

    over_a_channel(story)


def test_what_came_before_the_end_is_received_and_then_the_end_is_told() -> None:
    async def story(ends: Ends) -> None:
        await ends.says(frames.encode({"last": True}) + b"\0\0")
        ends.theirs.close()
        await ends.channel.closed
        assert frames.decode(await ends.channel.receive()) == {"last": True}
        with pytest.raises(ChannelClosedError):
            await ends.channel.receive()
        with pytest.raises(ChannelClosedError):
            ends.channel.send(b"x")
        assert not ends.channel.is_open

    over_a_channel(story)


def test_what_is_no_frame_ends_the_channel() -> None:
    async def story(ends: Ends) -> None:
        await ends.says(b"HTTP/1.1 200 OK\r\n\r\n")
        with pytest.raises(ChannelClosedError, match="announced"):
            await ends.channel.receive()

    over_a_channel(story)


def test_only_a_frame_that_begins_as_asked_is_taken() -> None:
    async def story(ends: Ends) -> None:
        await ends.says(frames.encode({"files": ["a"]}) + frames.encode({"result": 1}))
        while (taken := ends.channel.take(b'{"files"')) is None:
            await asyncio.sleep(0)
        assert frames.decode(taken) == {"files": ["a"]}
        assert ends.channel.take(b'{"files"') is None
        assert frames.decode(await ends.channel.receive()) == {"result": 1}

    over_a_channel(story)


class Answering:
    """Functions that have one outcome, or refuse."""

    def __init__(self, outcome: Outcome | Exception) -> None:
        self._outcome = outcome
        self.given: list[Invocation] = []

    def names(self) -> tuple[str, ...]:
        return ("F",)

    async def invoke(self, function: str, invocation: Invocation) -> Invoked:
        self.given.append(invocation)
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return Invoked(self._outcome, invocation.request_id, 1.0, None, 1, b"")


def gateway_invokes(outcome: Outcome | Exception, event: object = None) -> object:
    return asyncio.run(GatewayInvoker(Answering(outcome)).invoke("F", event, "r-1"))


def test_the_gateway_gives_an_event_as_json_and_gets_what_json_tells() -> None:
    functions = Answering(Outcome(b'{"statusCode":200}'))
    assert asyncio.run(GatewayInvoker(functions).invoke("F", {"a": "é"}, "r-1")) == {"statusCode": 200}
    assert functions.given == [Invocation("r-1", '{"a":"é"}'.encode())]


@pytest.mark.parametrize(
    ("outcome", "error", "message"),
    [
        (ThrottledError("all run"), InvocationThrottledError, "all run"),
        (UnavailableError("stopping"), NotInvokedError, "stopping"),
        (failures.timed_out("r-1", 3), InvocationTimedOutError, "^Task timed out after 3.00 seconds$"),
        (failures.exited("r-1", -9), InvocationFailedError, "Runtime exited with error: signal: killed"),
        (Outcome(b"1" + b"0" * 400), InvocationFailedError, "number"),
    ],
)
def test_what_goes_wrong_is_told_to_the_gateway_in_its_words(
    outcome: Outcome | Exception | failures.Failure, error: type[Exception], message: str
) -> None:
    if isinstance(outcome, dict):
        outcome = Outcome(orjson.dumps(outcome), outcome["errorType"])
    with pytest.raises(error, match=message):
        gateway_invokes(outcome)
