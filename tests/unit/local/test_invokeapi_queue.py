"""Asynchronous invocations: every event to its end, whatever the functions, the disk and the clock do."""

import asyncio
import sqlite3
import stat
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from local.invokeapi.asynchronous import queue as queue_module
from local.invokeapi.asynchronous.delays import Delays
from local.invokeapi.asynchronous.queue import RUNNING_MAX, AsynchronousInvocations, QueueError
from local.invokeapi.asynchronous.store import EventStore, StoreError, WaitingEvent
from local.invokeapi.limits import EVENT_BYTES_MAX_ASYNCHRONOUS
from local.runtime.contract import Invocation, Invoked, Outcome, ThrottledError, UnavailableError
from tests.unit.local.invokeapi_parts import ScriptedFunctions, failed, succeeded, template

AT_ONCE = Delays(after_error_s=(0.0, 0.0), postponed_s_min=0.0, postponed_s_max=0.0)
OTHER = "arn:aws:lambda:us-east-1:000000000000:function:Subscriber"
WAIT_S_MAX = 20.0
Written = Mapping[str, Mapping[str, object]]


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now_s


def made(
    folder: Path,
    functions: ScriptedFunctions,
    written: Written | None = None,
    delays: Delays = AT_ONCE,
    clock: Clock | None = None,
) -> AsynchronousInvocations:
    return AsynchronousInvocations(
        folder / "asynchronous", template(folder), functions, written or {}, delays=delays, now_s=clock or Clock()
    )


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WAIT_S_MAX):
        while not await done():
            await asyncio.sleep(0.005)


async def emptied(queue: AsynchronousInvocations) -> None:
    async def is_empty() -> bool:
        return await queue.count() == 0

    await until(is_empty)


def handled(
    folder: Path,
    functions: ScriptedFunctions,
    written: Written | None = None,
    clock: Clock | None = None,
    function: str = "FirstFunction",
) -> None:
    """One event from its acceptance to its end."""

    async def live() -> None:
        queue = made(folder, functions, written, clock=clock)
        await queue.accept(function, "request-1", b'{"a":1}')
        queue.start()
        await emptied(queue)
        await queue.close(1.0)

    asyncio.run(live())


def dead_letters(folder: Path) -> list[Any]:
    return [orjson.loads(file.read_bytes()) for file in sorted((folder / "asynchronous" / "failed").glob("*.json"))]


def test_an_event_is_handled_once_under_its_requests_id(tmp_path: Path) -> None:
    functions = ScriptedFunctions()
    handled(tmp_path, functions)
    assert functions.asked == [("FirstFunction", Invocation("request-1", b'{"a":1}'))]
    assert dead_letters(tmp_path) == []


def test_an_event_whose_function_fails_is_tried_twice_more_and_then_a_dead_letter(tmp_path: Path) -> None:
    functions = ScriptedFunctions(lambda _: failed("KeyError"))
    handled(tmp_path, functions)
    assert [invocation.request_id for _, invocation in functions.asked] == ["request-1"] * 3
    (record,) = dead_letters(tmp_path)
    assert record["requestContext"] == {
        "requestId": "request-1",
        "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:first-live:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["requestPayload"] == {"a": 1}
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorType"] == "KeyError"
    assert record["timestamp"] == "2025-06-15T15:06:40.000Z"


def test_a_function_that_gets_well_again_ends_the_retries(tmp_path: Path) -> None:
    functions = ScriptedFunctions(lambda nth: failed() if nth < 3 else succeeded("done"))
    handled(tmp_path, functions)
    assert len(functions.asked) == 3
    assert dead_letters(tmp_path) == []


def test_the_template_says_how_often_it_is_tried_again(tmp_path: Path) -> None:
    functions = ScriptedFunctions(lambda _: failed())
    handled(tmp_path, functions, {"FirstFunction": {"MaximumRetryAttempts": 0}})
    assert len(functions.asked) == 1


@pytest.mark.parametrize("error", [ThrottledError("busy"), UnavailableError("starting"), RuntimeError("a mistake")])
def test_not_being_invoked_is_no_attempt(tmp_path: Path, error: Exception) -> None:
    functions = ScriptedFunctions(lambda nth: error if nth <= 20 else failed())
    handled(tmp_path, functions)
    assert len(functions.asked) == 23
    assert dead_letters(tmp_path)[0]["requestContext"]["approximateInvokeCount"] == 3


def test_an_event_that_is_too_old_is_given_up_without_another_attempt(tmp_path: Path) -> None:
    clock = Clock()

    def throttled(nth: int) -> Exception:
        clock.now_s += 30.0
        return ThrottledError("busy")

    functions = ScriptedFunctions(throttled)
    handled(tmp_path, functions, {"FirstFunction": {"MaximumEventAgeInSeconds": 60}}, clock)
    assert len(functions.asked) == 3
    (record,) = dead_letters(tmp_path)
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert "responsePayload" not in record


def test_a_function_that_may_not_run_gives_its_events_up_at_once(tmp_path: Path) -> None:
    functions = ScriptedFunctions()
    handled(tmp_path, functions, function="SecondFunction")
    assert functions.asked == []
    assert dead_letters(tmp_path)[0]["requestContext"]["condition"] == "ZeroReservedConcurrency"


def test_errors_wait_and_the_wait_outlives_the_process(tmp_path: Path) -> None:
    clock, functions = Clock(), ScriptedFunctions(lambda nth: failed() if nth == 1 else succeeded(nth))

    async def first() -> None:
        queue = made(tmp_path, functions, delays=Delays(), clock=clock)
        await queue.accept("FirstFunction", "request-1", b"{}")
        queue.start()
        await until(lambda: asked(functions, 1))
        await queue.close(1.0)

    async def second(wanted: int) -> None:
        queue = made(tmp_path, functions, delays=Delays(), clock=clock)
        queue.start()
        if wanted == 2:
            await emptied(queue)
        else:
            await asyncio.sleep(0.05)
        await queue.close(1.0)

    asyncio.run(first())
    (waiting,) = EventStore(tmp_path / "asynchronous" / "events.db").due(clock.now_s + 60.0, [], 1)
    assert (waiting.due_s, waiting.attempts) == (clock.now_s + 60.0, 1)
    clock.now_s += 59.0
    asyncio.run(second(wanted=1))
    assert len(functions.asked) == 1
    clock.now_s += 1.0
    asyncio.run(second(wanted=2))
    assert len(functions.asked) == 2


async def asked(functions: ScriptedFunctions, count: int) -> bool:
    return len(functions.asked) >= count


def test_a_destination_that_is_a_function_is_invoked_with_the_record(tmp_path: Path) -> None:
    functions = ScriptedFunctions()
    handled(tmp_path, functions, {"FirstFunction": {"DestinationConfig": {"OnSuccess": {"Destination": OTHER}}}})
    assert [name for name, _ in functions.asked] == ["FirstFunction", "Subscriber"]
    record = functions.events[1]
    assert record["requestContext"]["condition"] == "Success"
    assert (record["requestPayload"], record["responsePayload"]) == ({"a": 1}, 1)
    assert "functionError" not in record["responseContext"]


def test_a_record_too_large_for_a_function_is_a_dead_letter(tmp_path: Path) -> None:
    large = Outcome(b'"' + b"x" * EVENT_BYTES_MAX_ASYNCHRONOUS + b'"')
    functions = ScriptedFunctions(lambda _: large)
    handled(tmp_path, functions, {"FirstFunction": {"DestinationConfig": {"OnSuccess": {"Destination": OTHER}}}})
    assert len(functions.asked) == 1
    assert dead_letters(tmp_path)[0]["requestContext"]["condition"] == "Success"


def test_a_queue_that_cannot_be_reached_leaves_a_dead_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
    }.items():
        monkeypatch.setenv(name, value)
    arn = "arn:aws:sns:us-east-1:000000000000:failures"
    functions = ScriptedFunctions(lambda _: failed())
    written = {"MaximumRetryAttempts": 0, "DestinationConfig": {"OnFailure": {"Destination": arn}}}
    handled(tmp_path, functions, {"FirstFunction": written})
    assert dead_letters(tmp_path)[0]["requestContext"]["condition"] == "RetriesExhausted"


class Gate(ScriptedFunctions):
    """Functions that answer once they may."""

    def __init__(self) -> None:
        super().__init__()
        self.open = asyncio.Event()

    async def invoke(self, function: str, invocation: Invocation) -> Invoked:
        self.asked.append((function, invocation))
        await self.open.wait()
        return Invoked(succeeded(None), invocation.request_id, 1.0, None, 40, b"")


def test_a_busy_function_has_a_few_events_at_once_and_holds_up_no_other(tmp_path: Path) -> None:
    functions = Gate()

    async def live() -> None:
        queue = made(tmp_path, functions)
        for number in range(20):
            await queue.accept("FirstFunction", f"first-{number}", b"{}")
        await queue.accept("Subscriber", "other", b"{}")
        queue.start()
        await until(lambda: asked(functions, RUNNING_MAX + 1))
        begun = [name for name, _ in functions.asked]
        assert (begun.count("FirstFunction"), begun.count("Subscriber")) == (RUNNING_MAX, 1)
        functions.open.set()
        await emptied(queue)
        await queue.close(1.0)

    asyncio.run(live())
    ids = [invocation.request_id for _, invocation in functions.asked]
    assert sorted(ids) == sorted([*(f"first-{number}" for number in range(20)), "other"])


def test_what_is_under_way_at_the_end_may_finish(tmp_path: Path) -> None:
    functions = Gate()

    async def live() -> int:
        queue = made(tmp_path, functions)
        await queue.accept("FirstFunction", "request-1", b"{}")
        queue.start()
        await until(lambda: asked(functions, 1))
        closing = asyncio.create_task(queue.close(WAIT_S_MAX))
        await asyncio.sleep(0)
        with pytest.raises(QueueError):
            await queue.accept("FirstFunction", "request-2", b"{}")
        functions.open.set()
        await closing
        return EventStore(tmp_path / "asynchronous" / "events.db").count()

    assert asyncio.run(live()) == 0


def test_what_does_not_finish_is_handled_again_after_the_next_start(tmp_path: Path) -> None:
    stuck, functions = Gate(), ScriptedFunctions()

    async def live() -> None:
        queue = made(tmp_path, stuck)
        await queue.accept("FirstFunction", "request-1", b"{}")
        queue.start()
        await until(lambda: asked(stuck, 1))
        await queue.close(0.0)
        again = made(tmp_path, functions)
        again.start()
        await emptied(again)
        await again.close(1.0)

    asyncio.run(live())
    assert [invocation.request_id for _, invocation in functions.asked] == ["request-1"]


def test_an_event_that_cannot_be_written_is_not_accepted(tmp_path: Path) -> None:
    async def live() -> None:
        queue = made(tmp_path, ScriptedFunctions())
        with sqlite3.connect(tmp_path / "asynchronous" / "events.db") as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(QueueError, match="locked"):
                await queue.accept("FirstFunction", "request-1", b"{}")
        assert await queue.count() == 0
        await queue.close(0.0)

    asyncio.run(live())


def test_what_was_decided_is_written_once_the_disk_lets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_module, "PAUSE_S", 0.01)
    functions = Gate()

    async def live() -> None:
        queue = made(tmp_path, functions)
        await queue.accept("FirstFunction", "request-1", b"{}")
        queue.start()
        await until(lambda: asked(functions, 1))
        with sqlite3.connect(tmp_path / "asynchronous" / "events.db") as other:
            other.execute("BEGIN IMMEDIATE")
            functions.open.set()
            with pytest.raises(StoreError):  # in the same thread, so after the queue's own failure
                await queue._in_thread(lambda: queue._store.remove("request-1"))
        await emptied(queue)
        await queue.close(1.0)

    asyncio.run(live())
    assert len(functions.asked) == 1


def test_events_are_for_their_owner_alone(tmp_path: Path) -> None:
    handled(tmp_path, ScriptedFunctions(lambda _: failed()))
    folder = tmp_path / "asynchronous"
    for file in (folder / "events.db", folder / "failed" / "request-1.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_log_tells_of_an_event_and_nothing_that_it_says(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    functions = ScriptedFunctions(lambda _: failed())

    async def live() -> None:
        queue = made(tmp_path, functions)
        await queue.accept("FirstFunction", "request-1", b'{"email":"aline@example.com"}')
        queue.start()
        await emptied(queue)
        await queue.close(1.0)

    asyncio.run(live())
    told = capfd.readouterr().err
    assert "an asynchronous event was given up" in told
    assert "request-1" in told
    assert "aline" not in told


def test_a_file_of_another_version_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "events.db"
    EventStore(file).close()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="schema 99"):
        EventStore(file)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"events\.db"):
        EventStore(tmp_path / "file" / "events.db")


def test_an_event_and_what_follows_from_it_change_places_as_one_step(tmp_path: Path) -> None:
    store = EventStore(tmp_path / "events.db")
    first, next_one = (WaitingEvent(name, "FirstFunction", b"{}", 1.0, 1.0) for name in ("first", "next"))
    store.add(first)
    store.add(next_one)
    with pytest.raises(StoreError):  # "next" is there already: then "first" must stay
        store.remove("first", next_one)
    assert [event.request_id for event in store.due(1.0, [], 10)] == ["first", "next"]
