"""Reading a function's `Metadata.EventSourceMapping`: names, limits and defaults of Lambda's mappings.

Follows CreateEventSourceMapping in the Lambda API reference.
"""

from dataclasses import fields, replace
from typing import Any

import pytest

from streams.errors import MappingError
from streams.filtering.criteria import FilterCriteria
from streams.mapping import EventSourceMapping

BLOCK = {"Stream": "events:all", "Group": "audit-service"}
DEFAULTS = EventSourceMapping("Audit", "events:all", "audit-service")
WEEK_S = 604_800
QUEUE = "arn:aws:sqs:eu-west-3:123456789012:failed-events"
TOPIC = "arn:aws-cn:sns:cn-north-1:123456789012:failed"
PATTERN = '{"event": {"event_type": ["ReclamationCreee"]}}'


def read(**change: Any) -> EventSourceMapping:
    return EventSourceMapping.from_metadata("Audit", {**BLOCK, **change})


def test_defaults_are_those_of_lambda_but_for_bounded_retries_and_age() -> None:
    assert read() == DEFAULTS
    told = {field.name: getattr(DEFAULTS, field.name) for field in fields(DEFAULTS)}
    assert told == {
        "function": "Audit",
        "stream": "events:all",
        "group": "audit-service",
        "starting_position": "TRIM_HORIZON",
        "starting_timestamp_ms": None,
        "batch_size": 100,
        "window_ms": 0,
        "lanes": 1,
        "retries_max": 10,
        "age_s_max": WEEK_S,
        "age_is_default": True,
        "bisect": False,
        "partial_responses": False,
        "filters": FilterCriteria(),
        "tumbling_window_s": 0,
        "on_failure": None,
        "transient_error_types": frozenset(),
        "partition_key": "aggregate_id",
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"BatchSize": 1}, {"batch_size": 1}),
        ({"BatchSize": 10_000}, {"batch_size": 10_000}),
        ({"MaximumBatchingWindowInMilliseconds": 300_000}, {"window_ms": 300_000}),
        ({"ParallelizationFactor": 10}, {"lanes": 10}),
        ({"MaximumRetryAttempts": 0}, {"retries_max": 0}),
        ({"MaximumRetryAttempts": 10_000}, {"retries_max": 10_000}),
        ({"MaximumRetryAttempts": -1}, {"retries_max": None}),
        ({"MaximumRecordAgeInSeconds": 60}, {"age_s_max": 60, "age_is_default": False}),
        ({"MaximumRecordAgeInSeconds": WEEK_S}, {"age_s_max": WEEK_S, "age_is_default": False}),
        ({"MaximumRecordAgeInSeconds": -1}, {"age_s_max": None, "age_is_default": False}),
        ({"BisectBatchOnFunctionError": True}, {"bisect": True}),
        ({"FunctionResponseTypes": []}, {"partial_responses": False}),
        ({"FunctionResponseTypes": ["ReportBatchItemFailures"]}, {"partial_responses": True}),
        ({"TumblingWindowInSeconds": 900}, {"tumbling_window_s": 900}),
        ({"StartingPosition": "LATEST"}, {"starting_position": "LATEST"}),
        ({"FilterCriteria": {"Filters": [{"Pattern": PATTERN}]}}, {"filters": FilterCriteria((PATTERN,))}),
        ({"FilterCriteria": {"Filters": []}}, {"filters": FilterCriteria()}),
        ({"FilterCriteria": {}}, {"filters": FilterCriteria()}),
        ({"DestinationConfig": {"OnFailure": {"Destination": QUEUE}}}, {"on_failure": QUEUE}),
        ({"DestinationConfig": {"OnFailure": {"Destination": TOPIC}}}, {"on_failure": TOPIC}),
        ({"TransientErrorTypes": ["NotNowError"]}, {"transient_error_types": frozenset({"NotNowError"})}),
        ({"PartitionKey": "customer_id"}, {"partition_key": "customer_id"}),
        ({"BatchSize": None}, {}),  # CloudFormation's AWS::NoValue
    ],
)
def test_a_property_that_is_given_is_the_one_that_changes(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert read(**given) == replace(DEFAULTS, **expected)


@pytest.mark.parametrize(
    ("timestamp", "milliseconds"),
    [
        ("2025-01-07T10:30:00Z", 1_736_245_800_000),
        ("2025-01-07T11:30:00.250+01:00", 1_736_245_800_250),
        (1_736_245_800, 1_736_245_800_000),
        (1_736_245_800.25, 1_736_245_800_250),
        (0, 0),
    ],
)
def test_a_group_may_begin_at_a_time(timestamp: object, milliseconds: int) -> None:
    mapping = read(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=timestamp)
    assert mapping == replace(DEFAULTS, starting_position="AT_TIMESTAMP", starting_timestamp_ms=milliseconds)


TIME = "StartingPositionTimestamp must be a time like 2025-01-07T10:30:00Z or seconds since 1970-01-01 UTC, not "
ARN = "DestinationConfig.OnFailure.Destination must be the ARN of a standard SQS queue or SNS topic, not "
TWO_DESTINATIONS = {"OnFailure": {"Destination": QUEUE}, "OnSuccess": {}}
AT = {"StartingPosition": "AT_TIMESTAMP"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Stream": None}, "EventSourceMapping needs Stream"),
        ({"Group": None}, "EventSourceMapping needs Group"),
        ({"Group": ""}, "Group must be a text that is not empty, not ''"),
        ({"Stream": 5}, "Stream must be a text that is not empty, not 5"),
        ({"BatchSize": 0}, "BatchSize must be a whole number from 1 to 10000, not 0"),
        ({"BatchSize": 10_001}, "BatchSize must be a whole number from 1 to 10000, not 10001"),
        ({"BatchSize": "100"}, "BatchSize must be a whole number from 1 to 10000, not '100'"),
        ({"BatchSize": True}, "BatchSize must be a whole number from 1 to 10000, not True"),
        ({"BatchSize": 1.0}, "BatchSize must be a whole number from 1 to 10000, not 1.0"),
        (
            {"MaximumBatchingWindowInMilliseconds": -1},
            "MaximumBatchingWindowInMilliseconds must be a whole number from 0 to 300000, not -1",
        ),
        ({"ParallelizationFactor": 0}, "ParallelizationFactor must be a whole number from 1 to 10, not 0"),
        ({"ParallelizationFactor": 11}, "ParallelizationFactor must be a whole number from 1 to 10, not 11"),
        (
            {"MaximumRetryAttempts": -2},
            "MaximumRetryAttempts must be -1 (without limit) or a whole number from 0 to 10000, not -2",
        ),
        (
            {"MaximumRetryAttempts": 10_001},
            "MaximumRetryAttempts must be -1 (without limit) or a whole number from 0 to 10000, not 10001",
        ),
        (
            {"MaximumRecordAgeInSeconds": 59},
            "MaximumRecordAgeInSeconds must be -1 (without limit) or a whole number from 60 to 604800, not 59",
        ),
        (
            {"MaximumRecordAgeInSeconds": WEEK_S + 1},
            "MaximumRecordAgeInSeconds must be -1 (without limit) or a whole number from 60 to 604800, not 604801",
        ),
        ({"BisectBatchOnFunctionError": "true"}, "BisectBatchOnFunctionError must be true or false, not 'true'"),
        ({"TumblingWindowInSeconds": 901}, "TumblingWindowInSeconds must be a whole number from 0 to 900, not 901"),
        (
            {"FunctionResponseTypes": ["Everything"]},
            "FunctionResponseTypes must be [] or [ReportBatchItemFailures], not ['Everything']",
        ),
        ({"StartingPosition": "NOW"}, "StartingPosition must be TRIM_HORIZON, LATEST or AT_TIMESTAMP, not 'NOW'"),
        (AT, "StartingPositionTimestamp must stand where StartingPosition is AT_TIMESTAMP, and only there"),
        (
            {"StartingPositionTimestamp": 5},
            "StartingPositionTimestamp must stand where StartingPosition is AT_TIMESTAMP, and only there",
        ),
        (AT | {"StartingPositionTimestamp": "2025-01-07T10:30:00"}, TIME + "'2025-01-07T10:30:00'"),
        (AT | {"StartingPositionTimestamp": "yesterday"}, TIME + "'yesterday'"),
        (AT | {"StartingPositionTimestamp": -1}, TIME + "-1"),
        (AT | {"StartingPositionTimestamp": True}, TIME + "True"),
        (AT | {"StartingPositionTimestamp": float("nan")}, TIME + "nan"),
        ({"DestinationConfig": {}}, "DestinationConfig must be an object with OnFailure alone, not {}"),
        (
            {"DestinationConfig": TWO_DESTINATIONS},
            f"DestinationConfig must be an object with OnFailure alone, not {TWO_DESTINATIONS}",
        ),
        (
            {"DestinationConfig": {"OnFailure": QUEUE}},
            f"DestinationConfig.OnFailure must be an object with Destination alone, not '{QUEUE}'",
        ),
        ({"DestinationConfig": {"OnFailure": {"Destination": QUEUE + ".fifo"}}}, f"{ARN}'{QUEUE}.fifo'"),
        ({"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::bucket"}}}, f"{ARN}'arn:aws:s3:::bucket'"),
        (
            {"TransientErrorTypes": "NotNowError"},
            "TransientErrorTypes must be a list of error types, not 'NotNowError'",
        ),
        ({"TransientErrorTypes": [5]}, "TransientErrorTypes must be a list of error types, not [5]"),
        ({"PartitionKey": ""}, "PartitionKey must be a text that is not empty, not ''"),
        ({"FilterCriteria": []}, "FilterCriteria must be an object with Filters alone, not []"),
        ({"FilterCriteria": {"Filters": {}}}, "FilterCriteria.Filters must be a list of at most 10 filters"),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": PATTERN}] * 11}},
            "FilterCriteria.Filters must be a list of at most 10 filters",
        ),
        (
            {"FilterCriteria": {"Filters": [PATTERN]}},
            f"FilterCriteria.Filters[0] must be an object with Pattern alone, not {PATTERN!r}",
        ),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": PATTERN}, {"Pattern": '{"a": 1}'}]}},
            "FilterCriteria.Filters[1].Pattern must have a list of alternatives or an object at a, not 1",
        ),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": {"a": [1]}}]}},
            "FilterCriteria.Filters[0].Pattern must be JSON text of 1 to 4096 characters",
        ),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": '{"a": ["' + "b" * 4087 + '"]}'}]}},
            "FilterCriteria.Filters[0].Pattern must be JSON text of 1 to 4096 characters",
        ),
    ],
)
def test_a_wrong_block_is_refused_by_function_property_and_allowed_values(change: dict[str, Any], words: str) -> None:
    with pytest.raises(MappingError) as caught:
        read(**change)
    assert str(caught.value) == f"Audit: {words}"


def test_a_mistyped_property_is_refused_and_not_ignored() -> None:
    with pytest.raises(MappingError, match="Audit: EventSourceMapping does not know BatchSise; it knows BatchSize, "):
        read(BatchSise=5)


def test_a_block_that_is_no_object_is_refused() -> None:
    with pytest.raises(MappingError, match="Audit: EventSourceMapping must be an object, not 'events:all'"):
        EventSourceMapping.from_metadata("Audit", "events:all")  # type: ignore[arg-type]


def test_a_pattern_of_the_full_length_is_taken() -> None:
    pattern = '{"a": ["' + "b" * 4085 + '"]}'
    assert len(pattern) == 4096
    assert read(FilterCriteria={"Filters": [{"Pattern": pattern}]}).filters.patterns == (pattern,)
