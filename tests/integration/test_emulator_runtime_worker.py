"""Environments as children of this process: what each of them may do wrong, and what is told of it."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from local.environment.worker.child import Child
from local.environment.worker.pool import EnvironmentPool
from local.template import Function, load_template
from streams.errors import FunctionError, ThrottledError

HANDLER = """
import atexit, decimal, os, pathlib, socket, sys, time
def the_parents_socket():
    return next(fd for fd in range(3, 256) if os.path.exists(f"/proc/self/fd/{fd}")
                and os.readlink(f"/proc/self/fd/{fd}").startswith("socket:"))
def handler(event, context):
    event = event or {}
    if "raise" in event:
        try:
            int("x")
        except ValueError as error:
            raise LookupError(event["raise"]) from error
    if "rubbish" in event:
        os.write(the_parents_socket(), event["rubbish"].encode())
        time.sleep(30)
    if "write" in event:
        pathlib.Path(event["write"]).write_text(str(os.getpid()))
        time.sleep(event["sleep"])
    if "at_exit" in event:
        atexit.register(pathlib.Path(event["at_exit"]).write_text, "done")
    if "result" in event:
        return event["result"]
    return {"pid": os.getpid(), "name": context.function_name, "cwd": os.environ["LAMBDA_TASK_ROOT"],
            "secret": os.environ.get("NOT_FOR_FUNCTIONS"), "request": context.aws_request_id}
def unmarshalled(event, context):
    return {"amount": {1.5}}
"""

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: python3.13, CodeUri: ., Timeout: 1 } }
Resources:
  Echo: { Type: AWS::Serverless::Function, Properties: { Handler: worker_under_test.handler } }
  Unmarshalled: { Type: AWS::Serverless::Function, Properties: { Handler: worker_under_test.unmarshalled } }
  Missing: { Type: AWS::Serverless::Function, Properties: { Handler: worker_under_test.missing } }
  Broken: { Type: AWS::Serverless::Function, Properties: { Handler: no_such_module.handler } }
  Exiting: { Type: AWS::Serverless::Function, Properties: { Handler: exits_at_once.handler } }
"""


class Pools:
    """Makes pools of the functions above, and ends them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "worker_under_test.py").write_text(HANDLER)
        (folder / "exits_at_once.py").write_text("raise SystemExit(7)")
        self._template = folder / "template.yaml"
        self._template.write_text(TEMPLATE)
        self._made: list[EnvironmentPool] = []
        self.stop = threading.Event()
        self.spawned = 0

    def function(self, name: str) -> Function:
        return load_template(self._template, {}).function(name)

    def make(self, name: str = "Echo", size: int = 1) -> EnvironmentPool:
        function = self.function(name)

        def spawn() -> Child:
            self.spawned += 1
            return Child.spawn(self._template, function)

        pool = EnvironmentPool("Tried", spawn, size, self.stop)
        self._made.append(pool)
        pool.start()
        return pool

    def close(self) -> None:
        self.stop.set()
        for pool in self._made:
            pool.close()


@pytest.fixture
def pools(tmp_path: Path) -> Iterator[Pools]:
    made = Pools(tmp_path)
    yield made
    made.close()


def failure(act: Callable[[], object]) -> FunctionError:
    with pytest.raises(FunctionError) as caught:
        act()
    return caught.value


def pid_of(pool: EnvironmentPool) -> int:
    answer = pool.invoke({})
    assert isinstance(answer, dict)
    return int(answer["pid"])


def eventually(holds: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline_s = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return holds()


def is_gone(pid: int) -> bool:
    """Whether nothing runs under that id any more, no thread either: the last one closes the sockets."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE and len(os.listdir(f"/proc/{pid}/task")) == 1
    except (psutil.NoSuchProcess, FileNotFoundError):
        return True


def test_a_function_runs_in_a_process_of_its_own_and_sees_no_variable_of_ours(
    pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOT_FOR_FUNCTIONS", "x")
    answer = pools.make().invoke({})
    assert isinstance(answer, dict)
    assert answer["pid"] != os.getpid()
    assert (answer["name"], answer["cwd"], answer["secret"]) == ("Echo", str(pools.folder), None)
    assert len(answer["request"]) == 36


def test_an_environment_that_ends_runs_what_its_function_left_for_the_end(pools: Pools, tmp_path: Path) -> None:
    pool = pools.make()
    pool.invoke({"at_exit": str(tmp_path / "said")})
    pool.close()
    assert (tmp_path / "said").read_text() == "done"


@pytest.mark.parametrize("result", [None, {}, [1], "text", 0, {"batchItemFailures": [{"itemIdentifier": "1-0"}]}])
def test_a_result_comes_as_the_function_returned_it(pools: Pools, result: object) -> None:
    assert pools.make().invoke({"result": result}) == result


def test_an_exception_is_told_in_lambdas_shape_with_its_cause_and_the_environment_goes_on(pools: Pools) -> None:
    pool = pools.make()
    before = pid_of(pool)
    error = failure(lambda: pool.invoke({"raise": "no such customer"}))
    assert (error.error_type, error.message) == ("LookupError", "no such customer")
    assert "ValueError: invalid literal" in error.trace
    assert "in handler" in error.trace
    assert "local/environment" not in error.trace
    assert pid_of(pool) == before


def test_a_result_that_is_not_json_is_lambdas_marshal_error(pools: Pools) -> None:
    error = failure(lambda: pools.make("Unmarshalled").invoke({}))
    assert error.error_type == "Runtime.MarshalError"
    assert "Object of type set is not JSON serializable" in error.message


def test_an_event_that_is_not_json_is_refused_before_anything_runs(pools: Pools) -> None:
    assert failure(lambda: pools.make().invoke({"x": object()})).error_type == "InvalidRequestContentException"


@pytest.mark.parametrize("rubbish", ["HTTP/1.1 200 OK\r\n\r\n", "\0\0\0\x02[]", "\0\0\0\x02{}", "\0\0\0\x03{x}"])
def test_an_environment_that_answers_rubbish_is_replaced(pools: Pools, rubbish: str) -> None:
    pool = pools.make()
    before = pid_of(pool)
    assert failure(lambda: pool.invoke({"rubbish": rubbish})).error_type == "Runtime.InvalidResponse"
    assert is_gone(before)
    assert pid_of(pool) != before


@pytest.mark.parametrize(
    ("name", "error_type", "message"),
    [
        ("Broken", "Runtime.ImportModuleError", "Unable to import module 'no_such_module': No module named"),
        ("Missing", "Runtime.HandlerNotFound", "Handler 'missing' missing on module 'worker_under_test'"),
        ("Exiting", "Runtime.ExitError", "Runtime exited with error: exit status 7"),
    ],
)
def test_a_function_that_cannot_be_loaded_fails_each_invocation_with_the_reason_and_does_not_spin(
    pools: Pools, name: str, error_type: str, message: str
) -> None:
    pool = pools.make(name)
    began_s = time.monotonic()
    for _ in range(4):
        error = failure(lambda: pool.invoke({}))
        assert error.error_type == error_type
        assert message in error.message
    assert time.monotonic() - began_s > 0.1 + 0.2 + 0.4  # it waits before each new start, twice as long each time
    assert pools.spawned == 4


def test_a_first_environment_that_cannot_be_loaded_is_told_by_who_waits_for_it(pools: Pools) -> None:
    pools.make().wait_ready()
    assert failure(pools.make("Broken").wait_ready).error_type == "Runtime.ImportModuleError"


def test_two_invocations_at_once_are_in_two_environments_and_one_after_the_other_in_one(pools: Pools) -> None:
    pool = pools.make(size=2)
    assert len({pid_of(pool) for _ in range(5)}) == 1
    files = [pools.folder / name for name in ("first", "second")]
    threads = [
        threading.Thread(target=pool.invoke, args=({"write": str(file), "sleep": 0.5, "result": 1},)) for file in files
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert files[0].read_text() != files[1].read_text()


def test_an_environment_that_is_asked_to_end_finishes_its_invocation_first(pools: Pools) -> None:
    pool, file = pools.make(), pools.folder / "pid"
    results: list[object] = []
    event = {"write": str(file), "sleep": 0.5, "result": "finished"}
    thread = threading.Thread(target=lambda: results.append(pool.invoke(event)))
    thread.start()
    assert eventually(lambda: file.exists() and bool(file.read_text()))
    os.kill(int(file.read_text()), signal.SIGTERM)
    thread.join()
    assert results == ["finished"]
    assert eventually(lambda: is_gone(int(file.read_text())))
    assert pid_of(pool) != int(file.read_text())


def test_closing_ends_every_environment(pools: Pools) -> None:
    pool = pools.make(size=2)
    pid_of(pool)
    children = {child.pid for child in psutil.Process().children() if "local.environment.worker" in child.cmdline()}
    assert len(children) == 2
    began_s = time.monotonic()
    pools.close()
    assert time.monotonic() - began_s < 1.5
    assert all(is_gone(pid) for pid in children)


def test_nothing_is_started_once_stopping_has_begun(pools: Pools) -> None:
    pool = pools.make()
    before = pid_of(pool)
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: is_gone(before))
    pools.stop.set()
    with pytest.raises(ThrottledError):
        pool.invoke({})


def test_a_machine_without_a_process_to_give_is_a_throttled_invocation_and_mends(tmp_path: Path) -> None:
    made = Pools(tmp_path)
    function, template, failures = made.function("Echo"), tmp_path / "template.yaml", [OSError("no process")] * 2

    def spawn() -> Child:
        if failures:
            raise failures.pop()
        return Child.spawn(template, function)

    pool = EnvironmentPool("Tried", spawn, 1, threading.Event())
    pool.start()
    with pytest.raises(ThrottledError):
        pool.invoke({})
    assert pool.invoke({"result": 1}) == 1
    pool.close()
