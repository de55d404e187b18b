"""Queues."""

import json
from collections.abc import Mapping

from local.deploying.changes import Change, change_of
from local.deploying.localstack.lookups import found
from local.deploying.localstack.site import Site
from local.deploying.wanted.model import Queue


def deploy_queue(site: Site, queue: Queue) -> Change:
    """Make it, or set the attributes that differ."""
    client = site.client("sqs")
    there = found(client.get_queue_url, QueueName=queue.name)
    differences = []
    if there is not None:
        answer = client.get_queue_attributes(QueueUrl=there["QueueUrl"], AttributeNames=["All"])
        differences = _differences(queue.attributes, answer.get("Attributes", {}))
    if site.acts and there is None:
        client.create_queue(QueueName=queue.name, Attributes=dict(queue.attributes))
    elif site.acts and there and differences:
        changed = {name: queue.attributes[name] for name in differences}
        client.set_queue_attributes(QueueUrl=there["QueueUrl"], Attributes=changed)
    return change_of("queue", queue.name, differences, exists=there is not None)


def delete_queue(site: Site, name: str) -> None:
    """Delete it with what is in it."""
    client = site.client("sqs")
    client.delete_queue(QueueUrl=client.get_queue_url(QueueName=name)["QueueUrl"])


def _differences(wanted: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    return [name for name, value in wanted.items() if _plain(there.get(name, "")) != _plain(value)]


def _plain(text: str) -> object:
    """JSON by what it says, and `True` as `true`: SQS and we need not write them alike."""
    return json.loads(text) if text.startswith("{") else text.lower()
