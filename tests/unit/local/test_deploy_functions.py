"""What Lambda answers and moto never does: a function that is made and cannot be invoked."""

from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.stub import Stubber  # type: ignore[import-untyped]

from local.deploying.errors import DeployError
from local.deploying.localstack.functions import wait_for
from local.deploying.localstack.site import Site
from local.deploying.wanted.names import Names


class Session:
    """One that has a single client."""

    def __init__(self) -> None:
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        self._client = boto3.client("lambda", region_name="us-east-1", endpoint_url="http://127.0.0.1:9", **keys)
        self.stub = Stubber(self._client)

    def client(self, service: str, **settings: Any) -> Any:
        return self._client


@pytest.fixture
def session() -> Iterator[Session]:
    session = Session()
    with session.stub:
        yield session
        session.stub.assert_no_pending_responses()


def test_a_function_that_fails_is_told_with_the_reason(session: Session) -> None:
    failed = {"State": "Failed", "StateReason": "the image for python3.13 cannot be pulled"}
    session.stub.add_response("get_function", {"Configuration": failed})
    session.stub.add_response("get_function_configuration", failed)
    site = Site(session, "http://127.0.0.1:9", Names("shop", "000000000000", "us-east-1"), acts=True)
    with pytest.raises(DeployError, match=r"shop-Orders cannot be invoked: the image for python3\.13 cannot"):
        wait_for(site, ["shop-Orders"])
