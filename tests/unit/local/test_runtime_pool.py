"""How a pool hands out its environments, with environments that are no processes."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from local.runtime.contract import (
    EnvironmentGoneError,
    InitFailedError,
    Invocation,
    Invoked,
    Outcome,
    ThrottledError,
    UnavailableError,
)
from local.runtime.limits import PoolLimits
from local.runtime.places import Places
from local.runtime.pool import FunctionPool
from local.supervisor.backoff import Backoff
from local.template import Function

FUNCTION = Function("F", "a.b", "f", None, "", 1, 3, 100_000, {}, (), Path(), (), None)
LIMITS = PoolLimits(warm=1, processes_max=2, invocations_max=1000, scale_after_s=0.01)
BROKEN = Outcome(orjson.dumps({"errorType": "Broken", "errorMessage": "no such module", "stackTrace": []}), "Broken")
SECONDS_MAX = 10.0


class Environment:
    """An ExecutionEnvironment that waits until the test lets it go on."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.pid = os.getpid()
        self.is_usable = True
        self.source_files = frozenset[Path]()
        self.loaded = asyncio.Event()
        self.answered = asyncio.Event()
        self.cannot_load = False
        self.is_gone = False
        self.given: list[str] = []
        self.ended = 0

    async def initialize(self) -> None:
        await self.loaded.wait()
        if self.cannot_load:
            self.is_usable = False
            raise InitFailedError(BROKEN)

    async def invoke(self, invocation: Invocation) -> Outcome:
        if self.is_gone:
            self.is_usable = False
            raise EnvironmentGoneError("killed")
        self.given.append(invocation.request_id)
        await self.answered.wait()
        return Outcome(orjson.dumps(self.name))

    async def end(self, grace_s: float) -> None:
        self.is_usable = False
        self.ended += 1
        self.answered.set()

    def kill(self) -> None:
        self.is_usable = False

    def dies(self) -> None:
        """By itself, while it is idle."""
        self.is_usable = False


class World:
    """A pool, and the environments that it has started."""

    def __init__(self, folder: Path, limits: PoolLimits) -> None:
        self.started: list[Environment] = []
        self.is_loading_at_once = True
        self.is_answering_at_once = True
        self.are_gone_at_once = False
        self.cannot_start = 0
        self.changes = 0
        self.pool = FunctionPool(
            FUNCTION, self._start, limits, Places("f", always_numbered=True, logs=folder), self._changed
        )

    def _start(self, name: str, log_file: Path) -> Environment:
        if self.cannot_start:
            self.cannot_start -= 1
            raise OSError("no process")
        environment = Environment(name)
        if self.is_loading_at_once:
            environment.loaded.set()
        if self.is_answering_at_once:
            environment.answered.set()
        environment.is_gone = self.are_gone_at_once
        self.started.append(environment)
        return environment

    def _changed(self) -> None:
        self.changes += 1

    def invoke(self, request_id: str = "r") -> "asyncio.Task[Invoked]":
        return asyncio.get_running_loop().create_task(self.pool.invoke(Invocation(request_id, b"{}")))

    async def invoke_many(self, count: int) -> "list[asyncio.Task[Invoked]]":
        """So many, each begun or waiting in the order of its number."""
        tasks = []
        for number in range(count):
            tasks.append(self.invoke(str(number)))
            await asyncio.sleep(0)
        return tasks

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS_MAX):
            while not holds():
                await asyncio.sleep(0.001)

    def states(self) -> list[tuple[str, str, int]]:
        return [(record.name, record.state, record.restarts) for record in self.pool.records]


Story = Callable[[World], Awaitable[None]]


@pytest.fixture
def tell(tmp_path: Path) -> Callable[..., None]:
    """Run a story of a pool with these limits, and close the pool."""

    def run(story: Story, **limits: Any) -> None:
        async def whole() -> None:
            world = World(tmp_path, replace(LIMITS, **limits))
            await asyncio.wait_for(story(world), SECONDS_MAX)
            await world.pool.close(0)
            assert all(one.ended or one.cannot_load for one in world.started)

        asyncio.run(whole())

    return run


def name_in(invoked: Invoked) -> str:
    return str(orjson.loads(invoked.outcome.payload))


def test_the_environment_that_was_used_last_goes_first(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        await world.pool.warm_up()
        assert [name_in(await world.invoke()) for _ in range(3)] == [name_in(await world.invoke())] * 3

    tell(story, warm=2)


def test_who_waits_longest_is_served_first(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.is_answering_at_once = False
        await world.pool.warm_up()
        tasks = await world.invoke_many(5)
        (only,) = world.started
        only.answered.set()
        await asyncio.gather(*tasks)
        assert only.given == ["0", "1", "2", "3", "4"]

    tell(story, processes_max=1)


def test_a_short_wait_starts_no_process_and_a_long_one_does(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.is_answering_at_once = False
        await world.pool.warm_up()
        tasks = await world.invoke_many(2)
        world.started[0].answered.set()
        await asyncio.gather(*tasks)
        await asyncio.sleep(0.05)
        assert len(world.started) == 1
        world.started[0].answered.clear()
        tasks = await world.invoke_many(2)
        await world.until(lambda: len(world.started) == 2 and world.started[1].given == ["1"])
        for one in world.started:
            one.answered.set()
        await asyncio.gather(*tasks)

    tell(story)


def test_there_are_never_more_environments_than_allowed(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.is_answering_at_once = False
        tasks = await world.invoke_many(6)
        await world.until(lambda: len(world.started) == 2)
        await asyncio.sleep(0.05)
        assert len(world.started) == 2
        for one in world.started:
            one.answered.set()
        assert len(await asyncio.gather(*tasks)) == 6

    tell(story, warm=0)


def test_a_waiter_that_gives_up_is_passed_over_and_asks_for_no_process(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.is_answering_at_once = False
        await world.pool.warm_up()
        first, second, third = await world.invoke_many(3)
        second.cancel()
        third.cancel()
        await asyncio.sleep(0.05)
        assert len(world.started) == 1
        fourth = world.invoke("3")
        world.started[0].answered.set()
        await asyncio.gather(first, fourth)
        assert world.started[0].given == ["0", "3"]

    tell(story, scale_after_s=0.03)


def test_an_environment_that_was_just_given_to_who_gives_up_goes_to_the_next(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.is_loading_at_once = False
        first = world.invoke("0")
        await world.until(lambda: bool(world.started))
        second = world.invoke("1")
        await asyncio.sleep(0)
        world.started[0].loaded.set()
        slot = world.pool.slots[0]
        while not slot.is_ready:
            await asyncio.sleep(0)
        first.cancel()  # its wait is over, and it has not run since
        assert name_in(await second) == "f-1"
        assert world.started[0].given == ["1"]

    tell(story, warm=0, processes_max=1)


def test_each_failure_to_load_answers_one_who_waits(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.is_loading_at_once = False
        tasks = await world.invoke_many(2)
        await world.until(lambda: len(world.started) == 1)
        world.started[0].cannot_load = True
        world.started[0].loaded.set()
        answered = await tasks[0]
        assert (answered.outcome, answered.request_id) == (BROKEN, "0")
        assert not tasks[1].done()
        await world.until(lambda: len(world.started) == 2)
        world.started[1].loaded.set()
        assert name_in(await tasks[1]) == "f-1"

    tell(story, warm=0, processes_max=1)


def test_a_warm_environment_that_cannot_be_loaded_is_told_at_the_start(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.is_loading_at_once = False
        warming = asyncio.create_task(world.pool.warm_up())
        await asyncio.sleep(0)
        world.started[0].cannot_load = True
        world.started[0].loaded.set()
        with pytest.raises(InitFailedError):
            await warming
        world.pool.tend()
        assert len(world.started) == 1  # it would fail again, and again

    tell(story)


def test_a_warm_environment_that_ended_by_itself_comes_back_later_and_later(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        await world.pool.warm_up()
        waits_s = [Backoff().wait_after(0)]
        for restarts in (1, 2):
            world.started[-1].dies()
            world.pool.tend()
            assert len(world.started) == restarts
            assert world.states() == [("f-1", "restarting", restarts - 1)]
            began_s = asyncio.get_running_loop().time()
            while len(world.started) == restarts:
                await asyncio.sleep(0.005)
                world.pool.tend()
            waits_s.append(asyncio.get_running_loop().time() - began_s)
            await world.until(lambda: world.pool.slots[0].is_ready)
        assert world.states() == [("f-1", "ready", 2)]
        assert waits_s[1] >= waits_s[0] * 0.9
        assert waits_s[2] >= waits_s[0] * 1.8

    tell(story)


def test_a_warm_one_comes_back_though_a_load_has_left_another(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.is_answering_at_once = False
        await world.pool.warm_up()
        tasks = await world.invoke_many(2)
        await world.until(lambda: len(world.started) == 2 and world.started[1].given == ["1"])
        for one in world.started:
            one.answered.set()
        await asyncio.gather(*tasks)
        world.started[0].dies()
        while len(world.started) < 3:
            await asyncio.sleep(0.005)
            world.pool.tend()
        assert [(name, restarts) for name, _, restarts in world.states()] == [("f-1", 1), ("f-2", 0)]

    tell(story, processes_max=3)


def test_a_request_does_not_wait_for_a_warm_one_to_come_back(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        await world.pool.warm_up()
        world.started[0].dies()
        world.pool.tend()
        assert name_in(await world.invoke()) == "f-1"
        assert len(world.started) == 2

    tell(story)


def test_an_invocation_that_never_began_is_given_to_another_environment(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        await world.pool.warm_up()
        world.started[0].is_gone = True
        assert name_in(await world.invoke("0")) == "f-1"
        assert (world.started[0].given, world.started[1].given) == ([], ["0"])

    tell(story)


def test_environments_that_end_as_soon_as_they_are_idle_are_not_tried_for_ever(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        await world.pool.warm_up()
        world.started[0].is_gone = world.are_gone_at_once = True
        with pytest.raises(UnavailableError, match="end as soon as they are idle"):
            await world.invoke()
        assert len(world.started) == 2

    tell(story)


def test_after_a_reload_the_old_environment_finishes_and_the_new_one_is_given_what_comes(
    tell: Callable[..., None],
) -> None:
    async def story(world: World) -> None:
        world.is_answering_at_once = False
        await world.pool.warm_up()
        old = world.invoke("old")
        await world.until(lambda: world.started[0].given == ["old"])
        world.pool.reload()
        world.is_answering_at_once = True
        new = world.invoke("new")
        await world.until(lambda: len(world.started) == 2)
        world.started[1].answered.set()
        await new
        assert world.started[1].given == ["new"]
        assert not old.done()
        assert world.started[0].ended == 0
        world.started[0].answered.set()
        await old
        await world.until(lambda: world.started[0].ended == 1)
        assert name_in(await world.invoke()) == "f-1"
        assert world.started[0].given == ["old"]

    tell(story)


def test_after_a_reload_idle_environments_end_at_once(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        await world.pool.warm_up()
        world.pool.reload()
        await world.until(lambda: [one.ended for one in world.started] == [1, 1, 0, 0])

    tell(story, warm=2)


def test_source_that_was_mended_is_not_answered_for_by_what_was_still_loading_the_broken_one(
    tell: Callable[..., None],
) -> None:
    async def story(world: World) -> None:
        world.is_loading_at_once = False
        task = world.invoke()
        await world.until(lambda: bool(world.started))
        world.pool.reload()
        world.started[0].cannot_load = True
        world.started[0].loaded.set()
        await world.until(lambda: len(world.started) == 2)
        await asyncio.sleep(0.01)  # the broken one has been loaded by now, and is told to nobody
        assert not task.done()
        world.started[1].loaded.set()
        assert not (await task).outcome.is_error

    tell(story)


def test_a_function_that_was_mended_is_kept_warm_again(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        await world.pool.warm_up()
        world.is_loading_at_once = False
        world.pool.reload()
        world.started[1].cannot_load = True
        world.started[1].loaded.set()
        await world.until(lambda: world.pool.slots == [])
        world.pool.tend()
        assert world.pool.slots == []
        world.is_loading_at_once = True
        world.pool.reload()
        await world.until(lambda: [slot.is_ready for slot in world.pool.slots] == [True])

    tell(story)


def test_more_at_once_than_the_concurrency_allows_are_throttled_and_those_before_them_are_not(
    tell: Callable[..., None],
) -> None:
    async def story(world: World) -> None:
        world.is_answering_at_once = False
        await world.pool.warm_up()
        running, waiting, refused = await world.invoke_many(3)
        with pytest.raises(ThrottledError):
            await refused
        world.started[0].answered.set()
        await asyncio.gather(running, waiting)
        assert name_in(await world.invoke()) == "f-1"

    tell(story, processes_max=1, invocations_max=2)


def test_an_invocation_that_was_given_up_counts_no_more(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.is_answering_at_once = False
        await world.pool.warm_up()
        (running,) = await world.invoke_many(1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        world.started[0].answered.set()
        assert name_in(await world.invoke()) == "f-1"

    tell(story, invocations_max=1)


def test_an_idle_environment_ends_where_there_are_more_than_are_kept_warm(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.is_answering_at_once = False
        await world.pool.warm_up()
        tasks = await world.invoke_many(3)
        await world.until(lambda: len(world.started) == 3)
        for one in world.started:
            one.answered.set()
        await asyncio.gather(*tasks)
        await asyncio.sleep(0.06)
        world.pool.tend()
        await world.until(lambda: sum(one.ended for one in world.started) == 2)
        assert len(world.pool.slots) == 1
        world.pool.tend()
        assert len(world.pool.slots) == 1

    tell(story, warm=1, processes_max=3, idle_s=0.05)


def test_a_machine_without_a_process_to_give_answers_all_who_wait_and_mends(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.cannot_start = 3
        tasks = await world.invoke_many(3)
        for task in tasks:
            with pytest.raises(UnavailableError, match="no process"):
                await task
        assert name_in(await world.invoke()) == "f-1"

    tell(story, warm=0)


def test_nobody_who_waits_is_forgotten_where_the_only_environment_ends_and_no_other_can_be_had(
    tell: Callable[..., None],
) -> None:
    async def story(world: World) -> None:
        world.is_answering_at_once = False
        tasks = await world.invoke_many(4)
        await world.until(lambda: world.started[0].given == ["0"])
        world.cannot_start = 3
        world.started[0].dies()
        world.started[0].answered.set()
        assert not (await tasks[0]).outcome.is_error
        refused = await asyncio.gather(*tasks[1:], return_exceptions=True)
        assert [type(one) for one in refused] == [UnavailableError] * 3

    tell(story, warm=0, processes_max=1)


def test_who_waits_for_a_busy_environment_waits_on_where_no_other_can_be_started(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.is_answering_at_once = False
        await world.pool.warm_up()
        running, waiting = await world.invoke_many(2)
        world.cannot_start = 1000
        await world.until(lambda: world.cannot_start < 1000)
        assert not waiting.done()
        world.started[0].answered.set()
        await asyncio.gather(running, waiting)

    tell(story)


def test_stopping_tells_who_waits_and_lets_who_runs_finish(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.is_answering_at_once = False
        await world.pool.warm_up()
        running, waiting = await world.invoke_many(2)
        await world.pool.close(1.0)  # its end lets the invocation finish
        assert not (await running).outcome.is_error
        with pytest.raises(UnavailableError):
            await waiting
        with pytest.raises(UnavailableError):
            await world.invoke()
        world.pool.tend()
        assert len(world.started) == 1

    tell(story, processes_max=1)


def test_stopping_ends_what_is_still_loading(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.is_loading_at_once = False
        task = world.invoke()
        await world.until(lambda: bool(world.started))
        closing = asyncio.create_task(world.pool.close(0))
        await world.until(lambda: world.started[0].ended > 0)
        world.started[0].loaded.set()
        await closing
        with pytest.raises(UnavailableError):
            await task
        assert world.pool.slots == []

    tell(story, warm=0)


def test_what_changes_is_told(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        assert world.states() == [("f-1", "restarting", 0)]
        warming = asyncio.create_task(world.pool.warm_up())
        await asyncio.sleep(0)
        assert (world.states(), world.changes) == ([("f-1", "starting", 0)], 1)
        await warming
        assert (world.states(), world.changes) == ([("f-1", "ready", 0)], 2)

    tell(story)
