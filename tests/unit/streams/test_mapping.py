"""Reading the Metadata block of a function."""

import pytest

from streams.errors import MappingError
from streams.mapping import EventSourceMapping

BLOCK = {"Stream": "events:all", "Group": "audit-service"}


def test_defaults_are_those_of_lambda() -> None:
    mapping = EventSourceMapping.from_metadata("Audit", BLOCK)
    assert mapping == EventSourceMapping("Audit", "events:all", "audit-service", 100, 0, partial_responses=False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"BatchSize": 0}, "Audit: BatchSize must be a whole number from 1 to 10000, not 0"),
        ({"BatchSize": "100"}, "not '100'"),
        ({"BatchSize": True}, "not True"),
        ({"MaximumBatchingWindowInMilliseconds": -1}, "MaximumBatchingWindowInMilliseconds"),
        ({"FunctionResponseTypes": ["Everything"]}, "FunctionResponseTypes must be"),
        ({"StartingPosition": "LATEST"}, "StartingPosition must be TRIM_HORIZON"),
        ({"Group": ""}, "needs Group"),
        ({"BatchSise": 5}, "does not know BatchSise"),
    ],
)
def test_a_wrong_block_is_refused_by_function_and_property(change: dict[str, object], words: str) -> None:
    with pytest.raises(MappingError, match=words) as caught:
        EventSourceMapping.from_metadata("Audit", {**BLOCK, **change})
    assert str(caught.value).startswith("Audit: ")
