"""An event source mapping as `Metadata.EventSourceMapping` describes it, by the names Lambda uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streams.errors import MappingError

BATCH_SIZE_MAX = 10_000
WINDOW_MS_MAX = 300_000
_REQUIRED = ("Stream", "Group")
_KNOWN = {
    *_REQUIRED,
    "StartingPosition",
    "BatchSize",
    "MaximumBatchingWindowInMilliseconds",
    "FunctionResponseTypes",
}


@dataclass(frozen=True)
class EventSourceMapping:
    """One function's subscription to one stream.

    batch_size         at most so many entries an invocation
    window_ms          a batch that is not full waits so long for more, milliseconds
    partial_responses  the handler answers with `batchItemFailures`; otherwise an answer means that all is done
    """

    function: str
    stream: str
    group: str
    batch_size: int = 100
    window_ms: int = 0
    partial_responses: bool = False

    @classmethod
    def from_metadata(cls, function_name: str, metadata: Mapping[str, Any]) -> "EventSourceMapping":
        """Read and check the block. Raises MappingError; a property not known here is refused, never ignored."""
        _check_names(function_name, metadata)
        types = metadata.get("FunctionResponseTypes", [])
        if types not in ([], ["ReportBatchItemFailures"]):
            raise MappingError(f"{function_name}: FunctionResponseTypes must be [] or [ReportBatchItemFailures]")
        return cls(
            function=function_name,
            stream=str(metadata["Stream"]),
            group=str(metadata["Group"]),
            batch_size=_whole(function_name, metadata, "BatchSize", 100, 1, BATCH_SIZE_MAX),
            window_ms=_whole(function_name, metadata, "MaximumBatchingWindowInMilliseconds", 0, 0, WINDOW_MS_MAX),
            partial_responses=bool(types),
        )


def _check_names(function_name: str, metadata: Mapping[str, Any]) -> None:
    for name in _REQUIRED:
        if not metadata.get(name):
            raise MappingError(f"{function_name}: EventSourceMapping needs {name}")
    unknown = sorted(set(metadata) - _KNOWN)
    if unknown:
        known = ", ".join(sorted(_KNOWN))
        raise MappingError(f"{function_name}: EventSourceMapping does not know {', '.join(unknown)}; it knows {known}")
    # A group that starts anywhere but at the oldest entry would silently never see what came before.
    if metadata.get("StartingPosition", "TRIM_HORIZON") != "TRIM_HORIZON":
        raise MappingError(f"{function_name}: StartingPosition must be TRIM_HORIZON")


def _whole(function_name: str, metadata: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = metadata.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise MappingError(f"{function_name}: {name} must be a whole number from {least} to {most}, not {value!r}")
    return value
