"""`AWS::SQS::Queue` resources: where a stream's records go that no retry got through."""

import json
from collections.abc import Mapping

from local.deploying.wanted.model import Queue
from local.deploying.wanted.names import Names
from local.template.shapes import text_of

TYPE = "AWS::SQS::Queue"
_NOT_ATTRIBUTES = frozenset({"QueueName", "Tags"})


def queue_name(logical: str, properties: Mapping[str, object], names: Names) -> str:
    """Its name; that of a FIFO queue ends as SQS wants it."""
    name = names.of(logical, str(properties.get("QueueName", "")))
    is_fifo = str(properties.get("FifoQueue", "")).lower() == "true"
    return name if not is_fifo or name.endswith(".fifo") else f"{name}.fifo"


def queue_url(name: str, endpoint: str, names: Names) -> str:
    """What `!Ref` gives: the queue's URL at that endpoint."""
    return f"{endpoint.rstrip('/')}/{names.account}/{name}"


def read_queue(name: str, url: str, properties: Mapping[str, object], where: str) -> Queue:
    """A queue from its resolved properties, which are its attributes. Raises TemplateError."""
    attributes = {
        key: json.dumps(value, sort_keys=True) if isinstance(value, dict) else text_of(value, f"{where}.{key}")
        for key, value in properties.items()
        if key not in _NOT_ATTRIBUTES
    }
    return Queue(name, url, attributes)
