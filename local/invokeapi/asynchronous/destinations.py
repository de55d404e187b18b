"""Tells a queue or a topic of an event that is settled. A destination that is a function is the queue's own matter."""

import asyncio
import json
from functools import cache
from typing import TYPE_CHECKING

from local.paths import put_layers_on_path

if TYPE_CHECKING:
    from streams.notices.destinations import Destination


class UndeliveredError(Exception):
    """The destination did not take the record."""


class Destinations:
    """SQS queues and SNS topics by ARN, reached as boto3 is set up: `AWS_ENDPOINT_URL`, credentials."""

    async def send(self, arn: str, record: bytes) -> None:
        """Return once the record is taken. Raises UndeliveredError. The client waits, so it does so in a thread."""
        await asyncio.to_thread(_send, arn, record)


def _send(arn: str, record: bytes) -> None:
    put_layers_on_path()
    from streams.errors import StreamsError

    try:
        _destination(arn).send(json.loads(record))
    except (StreamsError, RecursionError) as error:
        raise UndeliveredError(str(error)) from error


@cache
def _destination(arn: str) -> "Destination":
    from streams.notices.destinations import destination_for

    destination = destination_for(arn)
    assert destination is not None, "an ARN names a destination or raises"
    return destination
