"""A package under AWS's own runtime interface client: what it may do wrong, and what is told of it.

Run by this interpreter, so that no other one is needed; `test_packages_system.py` runs the real packages on theirs.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from textwrap import dedent
from uuid import uuid4

import psutil
import pytest

from local.packaged import factory
from local.packaged.environment import PackagedEnvironment
from local.packaged.errors import PackagedError
from local.packaged.factory import PackagedEnvironments, packaged_factory, prepare
from local.packaged.pythons import OVERRIDE, find_python
from local.paths import ROOT
from local.runtime.contract import EnvironmentGoneError, InitFailedError, Invocation, Outcome
from local.template import load_template

HERE = "{}.{}".format(*sys.version_info[:2])
FILES = {
    "app.py": """
        import importlib.util, os, sys, time
        import shared
        print("loading", os.environ["AWS_LAMBDA_FUNCTION_NAME"])
        def handler(event, context):
            if "raise" in event:
                raise LookupError(event["raise"])
            if "exit" in event:
                os._exit(event["exit"])
            if "sleep" in event:
                time.sleep(event["sleep"])
            if "nan" in event:
                return float("nan")
            if "half" in event:
                return chr(0xD83D)
            if "find" in event:
                return {name: importlib.util.find_spec(name) is not None for name in event["find"]}
            if "print" in event:
                print(event["print"])
            return {"pid": os.getpid(), "cwd": os.getcwd(), "shared": shared.__file__,
                    "request": context.aws_request_id, "left_ms": context.get_remaining_time_in_millis(),
                    "memory": context.memory_limit_in_mb, "custom": getattr(context.client_context, "custom", None)}
    """,
    "broken.py": "import nowhere_to_be_found\n",
    "exiting.py": "import os\nos._exit(3)\n",
    "layer/python/shared.py": "",
}
TEMPLATE = f"""
Transform: AWS::Serverless-2016-10-31
Globals: {{ Function: {{ Runtime: python{HERE}, CodeUri: ., Timeout: 1, MemorySize: 256, Layers: [!Ref Layer] }} }}
Resources:
  Layer: {{ Type: AWS::Serverless::LayerVersion, Properties: {{ ContentUri: layer }} }}
  Echo: {{ Type: AWS::Serverless::Function, Properties: {{ Handler: app.handler }} }}
  Broken: {{ Type: AWS::Serverless::Function, Properties: {{ Handler: broken.handler }} }}
  Exiting: {{ Type: AWS::Serverless::Function, Properties: {{ Handler: exiting.handler }} }}
"""

Scenario = Callable[[PackagedEnvironment], Awaitable[None]]


class Packages:
    """The functions above, packed; started by name, one scenario each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in {**FILES, "template.yaml": TEMPLATE}.items():
            path = folder / "source" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        prepare(folder / "source" / "template.yaml", folder / "dist", lambda _: None)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def factory(self, name: str) -> PackagedEnvironments:
        function = load_template(self.folder / "source" / "template.yaml", {}).function(name)
        return packaged_factory(function, self.folder / "dist", {**os.environ, "NOT_FOR_FUNCTIONS": "secret"})

    def run(self, scenario: Scenario, name: str = "Echo") -> None:
        async def main() -> None:
            environment = self.factory(name)(name, self.folder / "log")
            try:
                await scenario(environment)
            finally:
                environment.kill()
                await environment.end(0.0)

        asyncio.run(main())


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Packages]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OVERRIDE, sys.executable)
        find_python.cache_clear()
        yield Packages(tmp_path_factory.mktemp("packages"))
    find_python.cache_clear()


async def invoke(environment: PackagedEnvironment, event: object, context: bytes | None = None) -> Outcome:
    return await environment.invoke(Invocation(str(uuid4()), json.dumps(event).encode(), context))


def test_a_package_answers_from_its_zip_and_its_layer(packages: Packages) -> None:
    async def scenario(environment: PackagedEnvironment) -> None:
        await environment.initialize()
        assert environment.is_usable
        outcome = await environment.invoke(Invocation("r-1", b"{}", b'{"custom": {"a": 1}}'))
        told = json.loads(outcome.payload)
        assert not outcome.is_error
        assert (told["pid"], told["request"], told["memory"]) == (environment.pid, "r-1", "256")
        assert told["custom"] == {"a": 1}
        assert 0 < told["left_ms"] <= 1000
        unpacked = packages.folder / "dist" / "unpacked"
        assert Path(told["cwd"]).is_relative_to(unpacked)
        assert Path(told["shared"]).is_relative_to(unpacked)
        assert told["shared"].endswith("/opt/python/shared.py")
        again = await invoke(environment, {})
        assert json.loads(again.payload)["pid"] == told["pid"]
        assert environment.source_files == frozenset()

    packages.run(scenario)


def test_a_package_sees_what_lambda_has_and_nothing_of_the_repository(packages: Packages) -> None:
    async def scenario(environment: PackagedEnvironment) -> None:
        await environment.initialize()
        names = ["local", "functions", "pydantic", "pytest", "pip", "boto3", "awslambdaric"]
        found = json.loads((await invoke(environment, {"find": names})).payload)
        assert found == {**dict.fromkeys(names, False), "boto3": True, "awslambdaric": True}
        assert "secret" not in psutil.Process(environment.pid).environ().values()
        assert str(ROOT) not in psutil.Process(environment.pid).cwd()

    packages.run(scenario)


def test_what_a_package_prints_is_in_its_log(packages: Packages) -> None:
    async def scenario(environment: PackagedEnvironment) -> None:
        await environment.initialize()
        await invoke(environment, {"print": "a line of mine"})
        assert "loading Echo\n" in packages.log
        assert "a line of mine\n" in packages.log

    packages.run(scenario)


def test_what_a_handler_raises_is_told_as_lambda_tells_it(packages: Packages) -> None:
    async def scenario(environment: PackagedEnvironment) -> None:
        await environment.initialize()
        outcome = await environment.invoke(Invocation("r-2", b'{"raise": "gone"}'))
        told = json.loads(outcome.payload)
        assert (outcome.error_type, told["errorMessage"], told["requestId"]) == ("LookupError", "gone", "r-2")
        assert "app.py" in told["stackTrace"][0]
        assert environment.is_usable
        assert not (await invoke(environment, {})).is_error

    packages.run(scenario)


def test_an_answer_that_is_no_json_is_an_error_and_half_a_character_is_none(packages: Packages) -> None:
    async def scenario(environment: PackagedEnvironment) -> None:
        await environment.initialize()
        assert (await invoke(environment, {"nan": 1})).error_type == "Runtime.MarshalError"
        assert not (await invoke(environment, {"half": 1})).is_error

    packages.run(scenario)


def test_a_package_that_takes_too_long_is_killed(packages: Packages) -> None:
    async def scenario(environment: PackagedEnvironment) -> None:
        await environment.initialize()
        outcome = await environment.invoke(Invocation("r-3", b'{"sleep": 60}'))
        assert outcome.error_type == "Sandbox.Timedout"
        assert outcome.message == "RequestId: r-3 Error: Task timed out after 1.00 seconds"
        assert not environment.is_usable
        assert not psutil.pid_exists(environment.pid)

    packages.run(scenario)


def test_a_process_that_ends_in_an_invocation_fails_it(packages: Packages) -> None:
    async def scenario(environment: PackagedEnvironment) -> None:
        await environment.initialize()
        outcome = await environment.invoke(Invocation("r-4", b'{"exit": 7}'))
        assert outcome.error_type == "Runtime.ExitError"
        assert outcome.message == "RequestId: r-4 Error: Runtime exited with error: exit status 7"
        assert not environment.is_usable

    packages.run(scenario)


def test_a_process_that_is_killed_in_an_invocation_fails_it(packages: Packages) -> None:
    async def scenario(environment: PackagedEnvironment) -> None:
        await environment.initialize()
        running = asyncio.create_task(invoke(environment, {"sleep": 0.9, "print": "begun"}))
        await asyncio.sleep(0)  # the invocation is given
        environment.kill()
        outcome = await running
        assert outcome.error_type == "Runtime.ExitError"
        assert "signal: killed" in outcome.message

    packages.run(scenario)


def test_a_process_that_ended_while_idle_was_never_invoked(packages: Packages) -> None:
    async def scenario(environment: PackagedEnvironment) -> None:
        await environment.initialize()
        await invoke(environment, {})
        os.kill(environment.pid, signal.SIGKILL)
        while environment.is_usable:
            await asyncio.sleep(0.01)
        with pytest.raises(EnvironmentGoneError, match="killed"):
            await invoke(environment, {})

    packages.run(scenario)


def test_an_invocation_that_nobody_waits_for_any_more_ends_the_process(packages: Packages) -> None:
    async def scenario(environment: PackagedEnvironment) -> None:
        await environment.initialize()
        running = asyncio.create_task(invoke(environment, {"sleep": 60}))
        await asyncio.sleep(0.05)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not environment.is_usable

    packages.run(scenario)


def test_ending_lets_the_invocation_in_flight_finish(packages: Packages) -> None:
    async def scenario(environment: PackagedEnvironment) -> None:
        await environment.initialize()
        running = asyncio.create_task(invoke(environment, {"sleep": 0.3}))
        await asyncio.sleep(0.05)
        await environment.end(30)
        assert not (await running).is_error
        assert not psutil.pid_exists(environment.pid)

    packages.run(scenario)


def test_a_package_that_something_was_forgotten_in_is_told_by_name(packages: Packages) -> None:
    async def scenario(environment: PackagedEnvironment) -> None:
        with pytest.raises(InitFailedError) as caught:
            await environment.initialize()
        outcome = caught.value.outcome
        assert outcome.error_type == "Runtime.ImportModuleError"
        assert outcome.message == "Unable to import module 'broken': No module named 'nowhere_to_be_found'"
        assert not psutil.pid_exists(environment.pid)

    packages.run(scenario, "Broken")


def test_a_module_that_ends_its_process_fails_the_start(packages: Packages) -> None:
    async def scenario(environment: PackagedEnvironment) -> None:
        with pytest.raises(InitFailedError) as caught:
            await environment.initialize()
        assert caught.value.outcome.error_type == "Runtime.ExitError"
        assert "exit status 3" in caught.value.outcome.message

    packages.run(scenario, "Exiting")


def test_ending_one_that_has_not_loaded_yet_ends_its_start_too(packages: Packages) -> None:
    async def scenario(environment: PackagedEnvironment) -> None:
        starting = asyncio.create_task(environment.initialize())
        await asyncio.sleep(0)
        await environment.end(0.0)
        with pytest.raises(InitFailedError):
            await starting

    packages.run(scenario)


def test_a_package_dies_with_the_process_that_invokes_it(packages: Packages, tmp_path: Path) -> None:
    code = """
        import asyncio, os, sys
        from pathlib import Path
        from local.packaged.factory import packaged_factory
        from local.template import load_template
        async def main():
            folder = Path(sys.argv[1])
            function = load_template(folder / "source" / "template.yaml", {}).function("Echo")
            environment = packaged_factory(function, folder / "dist", dict(os.environ))("e", Path(sys.argv[2]))
            await environment.initialize()
            print(environment.pid, flush=True)
            await asyncio.sleep(600)
        asyncio.run(main())
    """
    arguments = [sys.executable, "-c", dedent(code), str(packages.folder), str(tmp_path / "log")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.kill()
    deadline_s = time.monotonic() + 30
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_a_machine_without_the_packages_python_is_told(packages: Packages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factory, "find_python", _no_python)
    with pytest.raises(PackagedError, match=OVERRIDE):
        packages.factory("Echo")


def _no_python(version: str) -> Path:
    raise PackagedError(f"no Python {version}; name it in {OVERRIDE}")
