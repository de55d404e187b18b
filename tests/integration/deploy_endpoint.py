"""moto's server in place of LocalStack and of AWS, each test with a stack of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3  # type: ignore[import-untyped]
from moto.server import ThreadedMotoServer

REGION = "us-east-1"


@contextmanager
def running_endpoint() -> Iterator[str]:
    """Its URL, for as long as it runs."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def client_at(endpoint: str, service: str, region: str = REGION) -> Any:
    """A client of that endpoint, whatever the machine's own settings are."""
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(service, endpoint_url=endpoint, region_name=region, **keys)
