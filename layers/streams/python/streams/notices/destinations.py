"""Where it is told that entries were given up: `DestinationConfig.OnFailure`, an SQS queue or an SNS topic.

Source: "Retain discarded batch records for a Kinesis Data Streams event source" in the Lambda developer guide.
The entries themselves are parked either way; a destination is told of it. boto3 is imported where an ARN asks for it.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

from streams.errors import MappingError, StreamsError
from streams.mapping.properties import ARN

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 10
ATTEMPTS_MAX = 3


class DestinationError(StreamsError):
    """The notice was not accepted. It can be sent again: a destination may be told of a failure more than once."""


class Destination(Protocol):
    """Takes notice of entries that were given up."""

    def send(self, notice: Mapping[str, Any]) -> None:
        """Return once the notice is accepted. Raises DestinationError. May be called from several threads at once."""


class SqsDestination:
    """An SQS queue: a message for each notice."""

    def __init__(self, arn: str) -> None:
        """Raises MappingError where boto3 is missing. The queue is looked up with the first notice."""
        region, self._account, self._name = _parts(arn)
        self._client = _client("sqs", region)
        self._url: str | None = None

    def send(self, notice: Mapping[str, Any]) -> None:
        """See Destination."""
        with _translated(f"the queue {self._name}"):
            self._client.send_message(QueueUrl=self._queue_url(), MessageBody=json.dumps(notice))

    def _queue_url(self) -> str:
        if self._url is None:
            found = self._client.get_queue_url(QueueName=self._name, QueueOwnerAWSAccountId=self._account)
            self._url = str(found["QueueUrl"])
        return self._url


class SnsDestination:
    """An SNS topic: a message for each notice."""

    def __init__(self, arn: str) -> None:
        """Raises MappingError where boto3 is missing."""
        region, _, self._name = _parts(arn)
        self._arn = arn
        self._client = _client("sns", region)

    def send(self, notice: Mapping[str, Any]) -> None:
        """See Destination."""
        with _translated(f"the topic {self._name}"):
            self._client.publish(TopicArn=self._arn, Message=json.dumps(notice))


def destination_for(arn: str | None) -> Destination | None:
    """The destination that an ARN names, None for none. Raises MappingError: not such an ARN, or no boto3."""
    if arn is None:
        return None
    if not ARN.fullmatch(arn):
        raise MappingError(f"DestinationConfig.OnFailure.Destination must be an SQS queue or SNS topic, not {arn!r}")
    return SqsDestination(arn) if arn.split(":")[2] == "sqs" else SnsDestination(arn)


def _parts(arn: str) -> tuple[str, str, str]:
    """`arn:aws:sqs:<region>:<account>:<name>`: region, account and name."""
    _, _, _, region, account, name = arn.split(":")
    return region, account, name


def _client(service: str, region: str) -> Any:
    """A client of boto3, by its usual settings: credentials, and `AWS_ENDPOINT_URL` for another endpoint."""
    try:
        session = import_module("boto3.session").Session()
        config = import_module("botocore.config").Config
    except ImportError as error:
        raise MappingError(
            f"a destination ({service}) needs boto3, which is not installed: pip install boto3"
        ) from error
    # boto3's own limits would hold up a lane for minutes where the destination does not answer.
    limits = config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS_MAX},
    )
    return session.client(service, region_name=region, config=limits)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """What boto3 raises becomes a DestinationError, its cause kept."""
    errors = import_module("botocore.exceptions")
    try:
        yield
    except (errors.BotoCoreError, errors.ClientError) as error:
        raise DestinationError(f"{name} did not accept the notice: {error}") from error
