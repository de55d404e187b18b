"""The event source mappings of Redis Streams as the Lambda API tells mappings: read only.

The properties are Lambda's own where the mapping has them; the stream is told as the topic and its group as the
consumer group of a source that one runs oneself.
"""

from uuid import NAMESPACE_URL, uuid5

from local.invokeapi.errors import not_found
from local.invokeapi.names import NamedFunction
from local.template import Function, Template
from local.template.arns import ACCOUNT_ID, REGION

_SAME = (
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "StartingPosition",
    "TumblingWindowInSeconds",
)


def mappings(template: Template) -> list[dict[str, object]]:
    """Every mapping of the template, in its order."""
    return [_mapping(function, written) for function in template.functions if (written := function.mapping) is not None]


def find_mapping(template: Template, uuid: str) -> dict[str, object]:
    """The mapping with that UUID. Raises LambdaApiError where there is none."""
    for mapping in mappings(template):
        if mapping["UUID"] == uuid:
            return mapping
    raise not_found("The resource you requested does not exist.")


def _mapping(function: Function, written: object) -> dict[str, object]:
    assert isinstance(written, dict)
    named = NamedFunction(function)
    stream, group = str(written.get("Stream", "")), str(written.get("Group", ""))
    uuid = str(uuid5(NAMESPACE_URL, f"{function.name}/{stream}/{group}"))
    return {
        "UUID": uuid,
        "EventSourceMappingArn": f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:event-source-mapping:{uuid}",
        "FunctionArn": named.arn,
        "State": "Enabled",
        "StateTransitionReason": "The template says so",
        "Topics": [stream],
        "SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": group},
        **{name: written[name] for name in _SAME if name in written},
    }
