"""The service of functions in this process, with real environments: what starts, ends when idle, starts anew."""

import asyncio
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from local.runtime.contract import InitFailedError, Invocation, Invoked, Outcome, UnknownFunctionError
from local.runtime.limits import PoolLimits
from local.runtime.places import places_of
from local.runtime.service import FunctionService
from local.runtime.source.environment import SourceEnvironments
from local.template import Function, Template, load_template
from tests.integration.gateway.gateway_process import eventually, is_gone

SECONDS_MAX = 60.0
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: python3.13, CodeUri: ., Timeout: 30, MemorySize: 512 } }
Resources:
  Word: { Type: AWS::Serverless::Function, Properties: { Handler: word.handler, FunctionName: the-word } }
"""
CODE = """
import os, time
from pathlib import Path
def handler(event, context):
    folder = Path(__file__).parent
    if "gate" in event:
        (folder / "begun").touch()
        while not (folder / event["gate"]).exists():
            time.sleep(0.01)
    if event.get("imports"):
        import late
        return late.WORD
    return ["WORD", os.getpid()]
"""
ANOTHER_CODE = CODE.replace('"WORD"', '"ANOTHER"')

Story = Callable[["World"], Awaitable[None]]


class World:
    """A service of one function, which a test rewrites."""

    def __init__(self, folder: Path, limits: PoolLimits) -> None:
        self.folder = folder
        self.write("word.py", CODE, age_s=60)  # what was saved a moment ago would count as saved
        (folder / "template.yaml").write_text(TEMPLATE)
        self.template: Template = load_template(folder / "template.yaml", {})
        self.service = FunctionService(
            self.template.functions,
            lambda function: SourceEnvironments(self.template.path, function, os.environ),
            lambda _: limits,
            places_of(self.template.functions, folder / "logs"),
            lambda: None,
        )

    @property
    def code(self) -> Path:
        return self.folder / "word.py"

    @property
    def function(self) -> Function:
        return self.template.functions[0]

    def write(self, name: str, code: str, age_s: float = 0) -> None:
        """Replace a module, its compiled form included: two versions within a second may be of one size."""
        shutil.rmtree(self.folder / "__pycache__", ignore_errors=True)
        (self.folder / name).write_text(code)
        written_s = time.time() - age_s
        os.utime(self.folder / name, (written_s, written_s))

    async def ask(self, name: str = "Word", **event: object) -> Outcome:
        return (await self.invoke(name, **event)).outcome

    def invoke(self, name: str = "Word", **event: object) -> "asyncio.Task[Invoked]":
        invocation = Invocation(str(uuid4()), orjson.dumps(event))
        return asyncio.get_running_loop().create_task(self.service.invoke(name, invocation))

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS_MAX):
            while not holds():
                await asyncio.sleep(0.01)


@pytest.fixture
def tell(tmp_path: Path) -> Callable[..., None]:
    """Run a story of a service that has at most so many environments, none of them warm, and close the service."""

    def run(story: Story, **limits: Any) -> None:
        async def whole() -> None:
            standard = PoolLimits(warm=0, processes_max=3, invocations_max=1000, scale_after_s=0.05)
            world = World(tmp_path, replace(standard, **limits))
            await world.service.start()
            try:
                await asyncio.wait_for(story(world), SECONDS_MAX)
            finally:
                pids = pids_of(world)
                await world.service.close(0.5)
                assert [pid for pid in pids if not is_gone(pid)] == []

        asyncio.run(whole())

    return run


def pids_of(world: World) -> list[int]:
    return [record.pid for _, record in world.service.environments() if record.pid is not None]


def told(outcome: Outcome) -> object:
    assert not outcome.is_error, outcome.payload
    return orjson.loads(outcome.payload)


def test_a_function_that_is_not_kept_warm_starts_with_its_first_invocation(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        assert pids_of(world) == []
        first, second = await world.invoke(), await world.invoke("the-word")
        (pid,) = pids_of(world)
        assert told(first.outcome) == told(second.outcome) == ["WORD", pid]
        assert first.init_ms is not None
        assert second.init_ms is None
        assert 0 < first.memory_max_mb < 512

    tell(story)


def test_an_unknown_function_is_told_apart_from_one_that_fails(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        with pytest.raises(UnknownFunctionError):
            await world.invoke("Nobody")

    tell(story)


def test_what_was_logged_of_an_invocation_is_told_to_who_wants_it(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        await world.invoke()
        invoked = await world.service.invoke("Word", Invocation("r-1", b"{}", wants_log=True))
        lines = invoked.log_tail.decode().splitlines()
        assert [line.split()[0] for line in lines] == ["START", "END", "REPORT"]
        assert all("RequestId: r-1" in line for line in lines)

    tell(story)


def test_an_environment_that_is_not_used_for_long_is_ended(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        await world.invoke()
        (pid,) = pids_of(world)
        await world.until(lambda: pids_of(world) == [])
        await world.until(lambda: is_gone(pid))
        assert told(await world.ask()) != ["WORD", pid]

    tell(story, idle_s=0.3)


def test_the_warm_environments_stay_however_long_nobody_uses_them(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        kept = set(pids_of(world))
        assert len(kept) == 1
        tasks = [world.invoke(gate="go") for _ in range(3)]
        await world.until(lambda: len(pids_of(world)) == 3)
        (world.folder / "go").touch()
        await asyncio.gather(*tasks)
        await world.until(lambda: len(pids_of(world)) == 1)
        await asyncio.sleep(0.5)
        assert len(pids_of(world)) == 1

    tell(story, warm=1, idle_s=0.2)


def test_a_saved_module_is_what_the_next_invocation_runs_and_the_one_in_flight_ends_as_it_began(
    tell: Callable[..., None],
) -> None:
    async def story(world: World) -> None:
        in_flight = world.invoke(gate="go")
        await world.until((world.folder / "begun").exists)
        world.write("word.py", ANOTHER_CODE)
        assert world.service.reload([world.code]) == ["Word"]
        new = told(await world.ask())
        assert isinstance(new, list)
        assert new[0] == "ANOTHER"
        (world.folder / "go").touch()
        old = told((await in_flight).outcome)
        assert isinstance(old, list)
        assert (old[0], old[1] != new[1]) == ("WORD", True)
        await world.until(lambda: is_gone(int(old[1])))

    tell(story)


def test_saving_a_file_is_enough(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        await world.invoke()
        await asyncio.sleep(0.5)  # the watch has seen the file as it was
        world.write("word.py", ANOTHER_CODE)
        before = pids_of(world)
        await world.until(lambda: pids_of(world) != before)
        assert told(await world.ask()) == ["ANOTHER", *pids_of(world)]

    tell(story, warm=1)


def test_a_module_that_was_imported_by_an_invocation_is_watched_too(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        world.write("late.py", "WORD = 'late'")
        assert told(await world.ask(imports=True)) == "late"
        await world.until(lambda: world.service.reload([world.folder / "late.py"]) == ["Word"])
        world.write("late.py", "WORD = 'later'")
        assert told(await world.ask(imports=True)) == "later"

    tell(story)


def test_a_file_that_the_function_has_not_imported_changes_nothing(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        await world.invoke()
        world.write("other.py", "")
        assert world.service.reload([world.folder / "other.py"]) == []

    tell(story)


def test_a_function_that_can_no_longer_be_loaded_fails_each_invocation_and_is_well_once_it_was_mended(
    tell: Callable[..., None],
) -> None:
    async def story(world: World) -> None:
        await world.invoke()
        shutil.rmtree(world.folder / "__pycache__", ignore_errors=True)
        world.code.unlink()
        world.service.reload([world.code])
        for _ in range(2):
            failed = await world.ask()
            assert failed.error_type == "Runtime.ImportModuleError"
            assert "No module named 'word'" in failed.message
        world.write("word.py", CODE)
        assert world.service.reload([world.code]) == ["Word"]
        await world.until(lambda: [record.state for _, record in world.service.environments()] == ["ready"])
        assert not (await world.ask()).is_error

    tell(story, warm=1)


def test_a_function_that_cannot_be_loaded_stops_the_start(tmp_path: Path) -> None:
    async def story() -> None:
        world = World(tmp_path, PoolLimits(warm=1, processes_max=1, invocations_max=1))
        world.write("word.py", "raise LookupError('no such table')")
        with pytest.raises(InitFailedError, match="no such table"):
            await world.service.start()
        await world.service.close(0)

    asyncio.run(story())


def test_the_memory_of_an_environment_that_only_loads_is_not_that_of_an_invocation(tell: Callable[..., None]) -> None:
    async def story(world: World) -> None:
        big = "KEPT = bytearray(b'x') * (64 << 20)\n"
        world.write("word.py", big + CODE)
        invoked = await world.invoke()
        assert 64 <= invoked.memory_max_mb < 512

    tell(story)


def test_closing_leaves_no_descriptor_behind(tmp_path: Path) -> None:
    def run() -> None:
        async def whole() -> None:
            world = World(tmp_path, PoolLimits(warm=2, processes_max=2, invocations_max=10))
            await world.service.start()
            await world.invoke()
            await world.service.close(0.5)

        asyncio.run(whole())

    run()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        run()
    assert eventually(lambda: len(os.listdir("/proc/self/fd")), lambda count: count <= before, seconds=2) <= before
