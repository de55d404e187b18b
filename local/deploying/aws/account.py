"""The account and region that is deployed to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from boto3.session import Session  # type: ignore[import-untyped]

from local.deploying.errors import DeployError

Client: TypeAlias = Any
"""One of boto3's clients, which are made while it runs and have no types."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whoever the usual settings of AWS say we are."""

    session: Session
    region: str

    def client(self, service: str) -> Client:
        """A client of one service."""
        return self.session.client(service)

    @property
    def number(self) -> str:
        """The account's number. Raises botocore's errors where the credentials are not taken."""
        return str(self.client("sts").get_caller_identity()["Account"])


def open_account(region: str | None, environment: Mapping[str, str]) -> Account:
    """By profile, variables or role, as every tool of AWS finds it. Raises DeployError where there is nothing."""
    # boto3 reads AWS_DEFAULT_REGION alone, the other SDKs AWS_REGION.
    session = Session(region_name=region or environment.get("AWS_REGION"))
    if session.region_name is None:
        raise DeployError("no region is known: give --region, or set AWS_REGION")
    if session.get_credentials() is None:
        raise DeployError(
            "no credentials for AWS are known: run `aws configure` or `aws sso login`, or set AWS_PROFILE"
        )
    return Account(session, session.region_name)
