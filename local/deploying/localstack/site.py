"""The endpoint that is deployed to, and its clients."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from botocore.config import Config  # type: ignore[import-untyped]
from localstack_client.session import Session  # type: ignore[import-untyped]

from local.deploying.errors import DeployError
from local.deploying.wanted.names import Names

Client: TypeAlias = Any
"""One of boto3's clients, which are made while it runs and have no types."""
_REAL = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_SETTINGS = Config(
    connect_timeout=5,
    retries={"mode": "standard", "max_attempts": 3},
    s3={"addressing_style": "path"},  # `bucket.localhost` is no name that every machine knows
    request_checksum_calculation="when_required",  # endpoints that are not AWS need not know the newest ones
)


@dataclass(frozen=True)
class Site:
    """Where one stack is deployed. With `acts` false nothing is changed: each module tells what it would do."""

    session: Session
    url: str
    names: Names
    acts: bool

    def client(self, service: str) -> Client:
        """A client of one service."""
        return self.session.client(service, config=_SETTINGS)

    @cached_property
    def functions(self) -> Client:
        """Lambda, which most modules ask."""
        return self.client("lambda")

    @cached_property
    def buckets(self) -> Client:
        """S3."""
        return self.client("s3")


def open_site(stack: str, endpoint: str | None, region: str, *, acts: bool) -> Site:
    """Find out whose account the endpoint has. None: where AWS_ENDPOINT_URL or LOCALSTACK_HOST say, or localhost:4566.

    Raises DeployError for an endpoint of AWS itself, botocore's errors where nobody answers.
    """
    with _endpoint(endpoint):
        session = Session(region_name=region)
        client = session.client("sts", config=_SETTINGS)
    url = str(client.meta.endpoint_url)
    if (urlsplit(url).hostname or "").endswith(_REAL):
        raise DeployError(f"{url} is AWS itself; deploy there with --target aws")
    caller = client.get_caller_identity()
    partition = str(caller["Arn"]).split(":")[1]
    return Site(session, url, Names(stack, caller["Account"], region, partition), acts)


@contextmanager
def _endpoint(url: str | None) -> Iterator[None]:
    """AWS_ENDPOINT_URL for the time in which a session is made: it has no argument for a URL, and reads that first."""
    if url is None:
        yield
        return
    former = os.environ.get("AWS_ENDPOINT_URL")
    os.environ["AWS_ENDPOINT_URL"] = url
    try:
        yield
    finally:
        _restore("AWS_ENDPOINT_URL", former)


def _restore(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name)
    else:
        os.environ[name] = value


def error_code(error: Exception) -> str:
    """The code of a service's refusal, such as `NoSuchEntity`; empty for any other error."""
    response: Mapping[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))
