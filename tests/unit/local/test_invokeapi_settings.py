"""`EventInvokeConfig`, as SAM writes it, and the waits between attempts."""

from dataclasses import replace
from pathlib import Path

import pytest

from local.invokeapi.asynchronous.delays import Delays
from local.invokeapi.asynchronous.settings import EventInvokeSettings, read_settings, settings_of
from local.template import TemplateError
from tests.unit.local.invokeapi_parts import FIRST, template

QUEUE = "arn:aws:sqs:us-east-1:000000000000:failures"
TOPIC = "arn:aws:sns:us-east-1:000000000000:done"
OTHER = "arn:aws:lambda:us-east-1:000000000000:function:SecondFunction"


def test_without_a_word_in_the_template_it_is_lambdas_defaults() -> None:
    assert read_settings(FIRST, None) == EventInvokeSettings(retries_max=2, age_s_max=21_600)


def test_what_the_template_says_is_read() -> None:
    written = {
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": "60",
        "DestinationConfig": {
            "OnFailure": {"Type": "SQS", "Destination": QUEUE},
            "OnSuccess": {"Type": "SNS", "Destination": TOPIC},
        },
    }
    assert read_settings(FIRST, written) == EventInvokeSettings(0, 60, QUEUE, TOPIC)


def test_a_function_that_may_not_run_is_known_for_it() -> None:
    assert read_settings(replace(FIRST, concurrency_max=0), None).is_stopped


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ({"MaximumRetryAttempts": 3}, "MaximumRetryAttempts"),
        ({"MaximumEventAgeInSeconds": 59}, "MaximumEventAgeInSeconds"),
        ({"Maximum": 1}, "Maximum"),
        ({"DestinationConfig": {"OnTuesday": {}}}, "OnTuesday"),
        ({"DestinationConfig": {"OnFailure": {"Type": "SQS"}}}, "OnFailure.Destination"),
        ({"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::bucket"}}}, "OnFailure.Destination"),
        ({"DestinationConfig": {"OnSuccess": {"Destination": f"{QUEUE}.fifo"}}}, "OnSuccess.Destination"),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:events:us-east-1:000000000000:event-bus/b"}}},
            "OnFailure.Destination",
        ),
    ],
)
def test_what_is_not_supported_is_refused_by_name(written: dict[str, object], named: str) -> None:
    with pytest.raises(TemplateError, match=rf"^FirstFunction\.Properties\.EventInvokeConfig\.(\w+\.)*{named}:"):
        read_settings(FIRST, written)


def test_a_destination_may_be_a_function_of_the_template(tmp_path: Path) -> None:
    written = {"DestinationConfig": {"OnSuccess": {"Type": "Lambda", "Destination": OTHER}}}
    assert settings_of(template(tmp_path), {"FirstFunction": written})["FirstFunction"].on_success == OTHER


def test_a_destination_that_is_no_function_of_the_template_is_refused(tmp_path: Path) -> None:
    written = {"DestinationConfig": {"OnSuccess": {"Destination": OTHER.replace("Second", "Third")}}}
    with pytest.raises(TemplateError, match=r"ThirdFunction is no function of template\.yaml"):
        settings_of(template(tmp_path), {"FirstFunction": written})


def test_errors_wait_one_minute_and_then_two() -> None:
    assert [Delays().after_errors(count) for count in (1, 2)] == [60.0, 120.0]


def test_what_was_not_invoked_waits_twice_as_long_each_time_up_to_five_minutes() -> None:
    waits = [Delays().after_postponements(count) for count in (1, 2, 3, 9, 10, 5000)]
    assert waits == [1.0, 2.0, 4.0, 256.0, 300.0, 300.0]
