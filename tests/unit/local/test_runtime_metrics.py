"""What is counted of one function's invocations and environments."""

import pytest
from prometheus_client import REGISTRY

from local.runtime.metrics import FunctionMeasures


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


@pytest.mark.parametrize(
    ("error_type", "outcome"),
    [
        ("", "success"),
        ("ValueError", "error"),
        ("Sandbox.Timedout", "timeout"),
        ("Runtime.ExitError", "crash"),
        ("Runtime.OutOfMemory", "crash"),
    ],
)
def test_an_invocation_is_counted_by_its_end(error_type: str, outcome: str) -> None:
    function = f"Ended{outcome}{error_type}"
    FunctionMeasures(function).ended(error_type, 0.2)
    assert value("lambda_invocations_total", function=function, outcome=outcome) == 1
    assert value("lambda_invocation_duration_seconds_sum", function=function) == pytest.approx(0.2)


def test_environments_are_told_by_state() -> None:
    measures = FunctionMeasures("Stated")
    measures.environments(starting=1, idle=2, busy=3)
    measures.environments(starting=0, idle=2, busy=4)
    told = {
        state: value("lambda_environments", function="Stated", state=state) for state in ("starting", "idle", "busy")
    }
    assert told == {"starting": 0, "idle": 2, "busy": 4}


def test_the_memory_that_a_function_has_is_told_where_it_is_known() -> None:
    FunctionMeasures("Given", memory_mb=256)
    FunctionMeasures("NotGiven")
    assert value("lambda_memory_limit_bytes", function="Given") == 256 * 1024 * 1024
    assert value("lambda_memory_limit_bytes", function="NotGiven") is None
