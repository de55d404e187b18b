"""An event source mapping as `Metadata.EventSourceMapping` describes it, by the names Lambda uses.

Source: CreateEventSourceMapping in the Lambda API reference, for names, limits and defaults. Two defaults differ on
purpose: retries and age are bounded, where Lambda would retry one bad record until it expires.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from streams.filtering.criteria import FilterCriteria
from streams.mapping.properties import (
    StartingPosition,
    epoch_ms,
    error_types,
    on_failure_arn,
    partial_responses,
    starting_position,
)
from streams.mapping.reader import MappingReader

BATCH_SIZE_DEFAULT = 100
BATCH_SIZE_MAX = 10_000
WINDOW_MS_MAX = 300_000
LANES_MAX = 10
RETRIES_DEFAULT = 10
RETRIES_MAX = 10_000
AGE_S_MIN = 60
AGE_S_MAX = 7 * 24 * 60 * 60
TUMBLING_WINDOW_S_MAX = 900


@dataclass(frozen=True)
class EventSourceMapping:
    """One function's subscription to one stream.

    starting_position      where a new group begins to read
    starting_timestamp_ms  with AT_TIMESTAMP: milliseconds since 1970-01-01 UTC
    batch_size             at most so many entries an invocation
    window_ms              a batch that is not full waits so long for more, milliseconds
    lanes                  at most so many invocations at once, each with keys of its own
    retries_max            so often a failed batch comes again; None: without limit
    age_s_max              an entry older than this is not tried again, seconds; None: without limit
    age_is_default         the template gave no age, `age_s_max` is ours
    bisect                 a failed batch is split in two before its retries are used
    partial_responses      the handler answers with `batchItemFailures`; otherwise an answer means that all is done
    filters                entries that match none of them are acknowledged and never reach the function
    tumbling_window_s      invocations of one window hand on their `state`, seconds; 0: no windows
    on_failure             ARN of the SQS queue or SNS topic that is told of what was given up
    transient_error_types  errors of the function that say "not now": they use no retry quota
    partition_key          the event's field whose value orders entries
    """

    function: str
    stream: str
    group: str
    _: KW_ONLY
    starting_position: StartingPosition = "TRIM_HORIZON"
    starting_timestamp_ms: int | None = None
    batch_size: int = BATCH_SIZE_DEFAULT
    window_ms: int = 0
    lanes: int = 1
    retries_max: int | None = RETRIES_DEFAULT
    age_s_max: int | None = AGE_S_MAX
    age_is_default: bool = True
    bisect: bool = False
    partial_responses: bool = False
    filters: FilterCriteria = field(default_factory=FilterCriteria)
    tumbling_window_s: int = 0
    on_failure: str | None = None
    transient_error_types: frozenset[str] = frozenset()
    partition_key: str = "aggregate_id"

    @classmethod
    def from_metadata(cls, function_name: str, metadata: Mapping[str, Any]) -> "EventSourceMapping":
        """Read and check the block. Raises MappingError; a property not known here is refused, never ignored."""
        reader = MappingReader(function_name, metadata)
        mapping = cls(
            function=function_name,
            stream=reader.text("Stream"),
            group=reader.text("Group"),
            starting_position=reader.converted("StartingPosition", starting_position, "TRIM_HORIZON"),
            starting_timestamp_ms=reader.converted("StartingPositionTimestamp", epoch_ms, None),
            batch_size=reader.whole("BatchSize", BATCH_SIZE_DEFAULT, 1, BATCH_SIZE_MAX),
            window_ms=reader.whole("MaximumBatchingWindowInMilliseconds", 0, 0, WINDOW_MS_MAX),
            lanes=reader.whole("ParallelizationFactor", 1, 1, LANES_MAX),
            retries_max=reader.limit("MaximumRetryAttempts", RETRIES_DEFAULT, 0, RETRIES_MAX),
            age_s_max=reader.limit("MaximumRecordAgeInSeconds", AGE_S_MAX, AGE_S_MIN, AGE_S_MAX),
            age_is_default=not reader.has("MaximumRecordAgeInSeconds"),
            bisect=reader.flag("BisectBatchOnFunctionError"),
            partial_responses=reader.converted("FunctionResponseTypes", partial_responses, default=False),
            filters=reader.converted("FilterCriteria", FilterCriteria.from_property, FilterCriteria()),
            tumbling_window_s=reader.whole("TumblingWindowInSeconds", 0, 0, TUMBLING_WINDOW_S_MAX),
            on_failure=reader.converted("DestinationConfig", on_failure_arn, None),
            transient_error_types=reader.converted("TransientErrorTypes", error_types, frozenset()),
            partition_key=reader.text("PartitionKey", default="aggregate_id"),
        )
        reader.refuse_unknown()
        mapping._check_together(reader)
        return mapping

    def _check_together(self, reader: MappingReader) -> None:
        if self.tumbling_window_s and self.lanes > 1:
            # One state is handed from batch to batch; two lanes would each have half of a window.
            reader.refuse("ParallelizationFactor", "must be 1 where there is TumblingWindowInSeconds")
        if (self.starting_position == "AT_TIMESTAMP") != (self.starting_timestamp_ms is not None):
            reader.refuse(
                "StartingPositionTimestamp", "must stand where StartingPosition is AT_TIMESTAMP, and only there"
            )
