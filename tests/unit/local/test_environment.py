"""What a process becomes for a function, and what its watchdog does."""

import re
import threading
import time
from pathlib import Path

import pytest

from local.environment.context import LambdaContext
from local.environment.ending import run_exit_functions
from local.environment.handler import HandlerError, load_handler
from local.environment.invocation import Environment, FunctionError, new_trace_id
from local.environment.prepare import import_path, lambda_variables, role_variables
from local.environment.watchdog import Watchdog
from local.template import Function


def function(timeout_s: int = 3) -> Function:
    layers = (Path("/layers/first"), Path("/layers/last"))
    return Function("F", "a.b", "f", None, "", 1, timeout_s, 256, {"A": "b"}, layers, Path("/code"), (), None)


def unused() -> None:
    raise AssertionError


def watchdog(timeout_s: int = 3) -> tuple[Watchdog, list[str]]:
    """One that collects the stacks of what timed out, and then lets it go on: the real one ends the process."""
    stacks: list[str] = []
    return Watchdog.for_one_invocation(timeout_s, stacks.append), stacks


def test_the_last_layer_goes_first_and_the_code_before_all_layers() -> None:
    assert import_path(function()) == ["/code", "/layers/last/python", "/layers/first/python"]


def test_lambda_sets_its_own_variables() -> None:
    variables = lambda_variables(function())
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "F"
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert variables["_HANDLER"] == "a.b"
    assert variables["AWS_EXECUTION_ENV"].startswith("AWS_Lambda_")
    assert variables["TZ"] == ":UTC"


def test_credentials_and_endpoints_for_awss_services_reach_the_function() -> None:
    machine = {"AWS_ACCESS_KEY_ID": "k", "AWS_ENDPOINT_URL_S3": "http://s3", "AWS_PROFILE": "mine", "SECRET": "x"}
    assert role_variables(machine) == {"AWS_ACCESS_KEY_ID": "k", "AWS_ENDPOINT_URL_S3": "http://s3"}


def test_an_invocation_has_a_trace_of_its_own() -> None:
    form = re.compile(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0")
    first, second = new_trace_id(), new_trace_id()
    assert form.fullmatch(first)
    assert first != second


def test_a_context_counts_down_and_never_below_zero() -> None:
    context = LambdaContext(function(timeout_s=1), "req-1")
    first = context.get_remaining_time_in_millis()
    time.sleep(0.02)
    assert 0 < context.get_remaining_time_in_millis() < first <= 1000
    assert LambdaContext(function(timeout_s=-5), "req-2").get_remaining_time_in_millis() == 0
    assert (context.aws_request_id, context.memory_limit_in_mb) == ("req-1", "256")


def test_what_a_handler_returns_is_returned_and_what_it_raises_is_the_cause() -> None:
    kept, _ = watchdog()
    assert Environment(function(), lambda event, _: event, kept).invoke({"a": 1}, "r") == {"a": 1}

    def leave(_event: object, _context: object) -> object:
        raise SystemExit(3)

    with pytest.raises(FunctionError) as caught:
        Environment(function(), leave, kept).invoke({}, "r")
    assert isinstance(caught.value.__cause__, SystemExit)
    assert not kept.busy


def test_an_invocation_over_its_time_is_told_with_the_place_where_it_stood() -> None:
    kept, stacks = watchdog(timeout_s=1)
    Environment(function(1), lambda _event, _context: time.sleep(1.3), kept).invoke({}, "r")
    assert stacks  # more than one, because this callback lets the process live
    assert "time.sleep(1.3)" in stacks[0]


def test_many_short_invocations_are_not_one_long_one() -> None:
    kept, stacks = watchdog(timeout_s=1)
    environment = Environment(function(1), lambda _event, _context: time.sleep(0.25), kept)
    for _ in range(6):
        environment.invoke({}, "r")
    assert stacks == []
    assert threading.active_count() >= 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_such_module.handler", "Runtime.ImportModuleError"),
        ("json.no_such_function", "Runtime.HandlerNotFound"),
        ("json.__doc__", "Runtime.HandlerNotFound"),
    ],
)
def test_a_handler_that_cannot_be_had_is_told_in_lambdas_words(name: str, words: str) -> None:
    with pytest.raises(HandlerError, match=words):
        load_handler(name)


def test_a_handlers_module_may_be_named_with_slashes() -> None:
    assert load_handler("os/path.join")("a", "b") == "a/b"


def test_what_never_comes_to_its_end_does_not_hold_up_a_processs(monkeypatch: pytest.MonkeyPatch) -> None:
    let = threading.Event()
    monkeypatch.setattr("atexit._run_exitfuncs", let.wait)
    run_exit_functions(0.01)
    let.set()
