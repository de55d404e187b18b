"""`deploy --target aws` against moto's server, which knows change sets, and neither SAM's transform nor outputs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local.cli.main import run
from local.deploying.aws.account import Account, open_account
from local.deploying.aws.uploading import prepare_bucket, upload_zips
from local.deploying.errors import DeployError
from local.deploying.zips import read_build
from tests.deploy_builds import SHOP, make_build
from tests.integration.deploy_endpoint import client_at, running_endpoint

REGION = "eu-west-3"
PLAIN = """
Parameters:
  Name: { Type: String }
  Password: { Type: String, NoEcho: true }
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: !Ref Name } }
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with running_endpoint() as url:
        yield url


@pytest.fixture(autouse=True)
def _settings(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3's usual variables, and none of the machine's own accounts."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr("local.deploying.aws.following.POLL_S", 0.01)


@pytest.fixture
def account() -> Account:
    return open_account(REGION, {})


@pytest.fixture
def stack() -> str:
    return f"a{uuid4().hex[:8]}"


class Command:
    """The command for one stack."""

    def __init__(self, stack: str, dist: Path, endpoint: str) -> None:
        self._stack, self._dist, self._endpoint = stack, dist, endpoint
        self.change(PLAIN)

    def change(self, template: str) -> None:
        make_build(self._dist, template)

    def __call__(self, *more: str) -> int:
        fixed = ["deploy", "--target", "aws", "--no-build", "--region", REGION, "--stack", self._stack]
        return run([*fixed, "--dist", str(self._dist), *more])

    def stacks(self) -> dict[str, str]:
        told: list[Any] = client_at(self._endpoint, "cloudformation", REGION).describe_stacks()["Stacks"]
        return {one["StackName"]: one["StackStatus"] for one in told}


@pytest.fixture
def command(stack: str, tmp_path: Path, endpoint: str) -> Command:
    return Command(stack, tmp_path, endpoint)


VALUES = ("--param", "Password=hunter2")


def test_the_changes_are_shown_and_made_and_the_events_told(
    command: Command, stack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(*VALUES, "--param", f"Name={stack}-one", "--yes") == 0
    told = capsys.readouterr()
    assert "Add     Queue       AWS::SQS::Queue" in told.out
    assert "CREATE_COMPLETE" in told.out
    assert command.stacks()[stack] == "CREATE_COMPLETE"
    assert "hunter2" not in told.out + told.err


def test_nothing_to_change_is_told_and_known_values_need_not_be_given_again(
    command: Command, stack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command(*VALUES, "--param", f"Name={stack}-one", "--yes")
    capsys.readouterr()
    assert command("--yes") == 0
    assert capsys.readouterr().out == f"The stack {stack} is as the template says: nothing to change.\n"


def test_a_stack_is_updated(command: Command, stack: str, capsys: pytest.CaptureFixture[str]) -> None:
    command(*VALUES, "--param", f"Name={stack}-one", "--yes")
    command.change(PLAIN + "  Second: { Type: AWS::SQS::Queue }\n")
    assert command("--yes") == 0
    assert "Add     Second" in capsys.readouterr().out
    assert command.stacks()[stack] == "UPDATE_COMPLETE"


def test_a_dry_run_leaves_no_stack_behind(command: Command, stack: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(*VALUES, "--param", f"Name={stack}-one", "--dry-run") == 0
    assert "Add     Queue" in capsys.readouterr().out
    assert stack not in command.stacks()


def test_without_a_terminal_nothing_is_done_until_it_is_asked_for(
    command: Command, stack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(*VALUES, "--param", f"Name={stack}-one") == 2
    assert "repeat with --yes" in capsys.readouterr().err
    assert stack not in command.stacks()


def test_missing_values_are_named_before_anything_is_made(
    command: Command, stack: str, account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("--yes") == 1
    assert "Name (NAME), Password (PASSWORD)" in capsys.readouterr().err
    buckets = [one["Name"] for one in account.client("s3").list_buckets()["Buckets"]]
    assert not any(name.startswith(stack) for name in buckets)


def test_zips_are_uploaded_once(account: Account, stack: str, tmp_path: Path) -> None:
    build = read_build(make_build(tmp_path, SHOP))
    told: list[str] = []
    bucket = prepare_bucket(account, stack, None, told.append)
    first = upload_zips(account, bucket, stack, build.zips, told.append)
    assert told == [f"made the bucket {bucket}", "uploaded Shared.zip", "uploaded Guard.zip", "uploaded Orders.zip"]
    assert first["Orders"] == f"s3://{bucket}/{stack}/{build.zips['Orders'].sha256}.zip"
    told.clear()
    assert prepare_bucket(account, stack, None, told.append) == bucket
    assert upload_zips(account, bucket, stack, build.zips, told.append) == first
    assert told == []


def test_a_bucket_of_ours_is_closed_to_the_public_and_in_the_region(account: Account, stack: str) -> None:
    client = account.client("s3")
    bucket = prepare_bucket(account, stack, None, lambda sentence: None)
    settings = client.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(settings.values()) == {True}
    assert client.get_bucket_location(Bucket=bucket)["LocationConstraint"] == REGION


def test_a_bucket_that_is_given_and_not_there_is_no_reason_to_make_one(account: Account, stack: str) -> None:
    with pytest.raises(DeployError, match=f"there is no bucket {stack}-missing"):
        prepare_bucket(account, stack, f"{stack}-missing", lambda sentence: None)
