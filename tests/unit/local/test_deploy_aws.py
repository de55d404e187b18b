"""`deploy --target aws` against what CloudFormation answers, played by botocore's stubber: no call leaves the machine.

The answers' shapes are those of the API reference; moto, which the integration tests use, knows neither SAM's transform
nor failures.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.stub import ANY, Stubber  # type: ignore[import-untyped]

from local.deploying.aws.account import open_account
from local.deploying.aws.change_sets import StackChange, change_set_parameters, create_change_set, discard
from local.deploying.aws.following import StackEvent, follow, known_events
from local.deploying.aws.stacks import Stack, read_stack
from local.deploying.aws.templates import uploaded_template
from local.deploying.errors import DeployError
from local.deploying.zips import read_build
from local.serving.variables import Parameter
from tests.deploy_builds import SHOP, make_build

URL, LEVEL = Parameter("DatabaseUrl", None, True), Parameter("Level", "INFO", False)
TEMPLATE_URL = "https://bucket.s3.eu-west-3.amazonaws.com/shop/1.template"
NEW, DEPLOYED = Stack("shop"), Stack("shop", "UPDATE_COMPLETE", frozenset({"DatabaseUrl", "Level"}))
STACK_TYPE = "AWS::CloudFormation::Stack"


@pytest.fixture
def client() -> Any:
    return boto3.client(
        "cloudformation", region_name="eu-west-3", aws_access_key_id="testing", aws_secret_access_key="testing"
    )


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def no_sleep(_seconds: float) -> None:
    return None


def described(status: str, changes: Sequence[dict[str, Any]] = (), **more: str) -> dict[str, Any]:
    return {"Status": status, "Changes": [{"Type": "Resource", "ResourceChange": one} for one in changes], **more}


def resource_change(action: str, logical: str, replacement: str | None = None) -> dict[str, Any]:
    told = {"Action": action, "LogicalResourceId": logical, "ResourceType": "AWS::Lambda::Function"}
    return told if replacement is None else told | {"Replacement": replacement}


def stack_event(
    number: int, logical: str, status: str, reason: str = "", kind: str = "AWS::IAM::Role"
) -> dict[str, Any]:
    return {
        "StackId": "arn",
        "StackName": "shop",
        "Timestamp": 0,
        "EventId": str(number),
        "LogicalResourceId": logical,
        "ResourceType": kind,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


def told_stack(status: str, **more: Any) -> dict[str, Any]:
    return {"Stacks": [{"StackName": "shop", "CreationTime": 0, "StackStatus": status, **more}]}


def test_the_template_names_the_zips_in_the_bucket_and_is_otherwise_the_same(tmp_path: Path) -> None:
    build = read_build(make_build(tmp_path, SHOP))
    told = json.loads(uploaded_template(build, {name: f"s3://bucket/{name}.zip" for name in build.zips}))
    resources = told["Resources"]
    assert resources["Orders"]["Properties"].pop("CodeUri") == "s3://bucket/Orders.zip"
    assert resources["Shared"]["Properties"].pop("ContentUri") == "s3://bucket/Shared.zip"
    assert resources["Guard"]["Properties"].pop("CodeUri") == "s3://bucket/Guard.zip"
    expected = json.loads(json.dumps(build.document))
    for name, place in {"Orders": "CodeUri", "Guard": "CodeUri", "Shared": "ContentUri"}.items():
        expected["Resources"][name]["Properties"].pop(place)
    assert told == expected


def test_a_value_that_is_not_given_stays_as_the_stack_has_it() -> None:
    assert change_set_parameters((URL, LEVEL), {"Level": "DEBUG"}, DEPLOYED) == [
        {"ParameterKey": "Level", "ParameterValue": "DEBUG"},
        {"ParameterKey": "DatabaseUrl", "UsePreviousValue": True},
    ]
    assert change_set_parameters((URL, LEVEL), {"DatabaseUrl": "db"}, NEW) == [
        {"ParameterKey": "DatabaseUrl", "ParameterValue": "db"}
    ]


def test_a_change_set_is_awaited_and_read_page_by_page(client: Any, stub: Stubber) -> None:
    expected = {
        "StackName": "shop",
        "ChangeSetName": "set",
        "ChangeSetType": "UPDATE",
        "TemplateURL": TEMPLATE_URL,
        "Parameters": ANY,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    stub.add_response("create_change_set", {"Id": "arn"}, expected)
    stub.add_response("describe_change_set", described("CREATE_IN_PROGRESS"))
    stub.add_response("describe_change_set", described("CREATE_COMPLETE"))
    stub.add_response("describe_change_set", described("CREATE_COMPLETE", [resource_change("Add", "A")], NextToken="t"))
    page = described("CREATE_COMPLETE", [resource_change("Modify", "B", "True")])
    stub.add_response("describe_change_set", page, {"StackName": "shop", "ChangeSetName": "set", "NextToken": "t"})
    found = create_change_set(client, DEPLOYED, "set", TEMPLATE_URL, (URL,), {}, no_sleep)
    assert found is not None
    assert found.changes == (
        StackChange("Add", "A", "AWS::Lambda::Function", ""),
        StackChange("Modify", "B", "AWS::Lambda::Function", "True"),
    )


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information to create a change set.",
        "No updates are to be performed.",
    ],
)
def test_an_empty_change_set_is_nothing_to_change_and_is_deleted(client: Any, stub: Stubber, reason: str) -> None:
    stub.add_response("create_change_set", {"Id": "arn"})
    stub.add_response("describe_change_set", described("FAILED", StatusReason=reason))
    stub.add_response("delete_change_set", {}, {"StackName": "shop", "ChangeSetName": "set"})
    assert create_change_set(client, DEPLOYED, "set", TEMPLATE_URL, (), {}, no_sleep) is None


def test_a_refused_template_is_told_with_the_reason_and_leaves_no_empty_stack(client: Any, stub: Stubber) -> None:
    reason = "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document."
    stub.add_response("create_change_set", {"Id": "arn"})
    stub.add_response("describe_change_set", described("FAILED", StatusReason=reason))
    stub.add_response("delete_change_set", {})
    stub.add_response("delete_stack", {}, {"StackName": "shop"})
    with pytest.raises(DeployError, match="refuses the template: Transform AWS::Serverless-2016-10-31 failed"):
        create_change_set(client, NEW, "set", TEMPLATE_URL, (), {}, no_sleep)


def test_a_change_set_that_nobody_wants_goes_and_the_stack_that_was_there_stays(client: Any, stub: Stubber) -> None:
    stub.add_response("delete_change_set", {}, {"StackName": "shop", "ChangeSetName": "set"})
    discard(client, DEPLOYED, "set")


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("ROLLBACK_COMPLETE", "can only be deleted; .*aws cloudformation delete-stack --stack-name shop"),
        ("REVIEW_IN_PROGRESS", "a first change set that waits for somebody"),
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --stack-name shop"),
        ("DELETE_FAILED", "describe-stack-events --stack-name shop"),
        ("UPDATE_IN_PROGRESS", r"is being changed \(UPDATE_IN_PROGRESS\); try again"),
    ],
)
def test_a_stack_that_cannot_be_changed_says_what_to_do(status: str, advice: str) -> None:
    with pytest.raises(DeployError, match=advice):
        _ = Stack("shop", status).change_set_type


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_stack_that_is_there_is_updated(status: str) -> None:
    assert Stack("shop", status).change_set_type == "UPDATE"


def test_a_stack_that_is_not_there_is_created(client: Any, stub: Stubber) -> None:
    stub.add_client_error("describe_stacks", "ValidationError", "Stack with id shop does not exist", 400)
    assert read_stack(client, "shop") == NEW
    assert NEW.change_set_type == "CREATE"
    assert known_events(client, NEW) == frozenset()


def test_events_are_told_once_and_oldest_first_until_the_stack_says_that_it_is_done(client: Any, stub: Stubber) -> None:
    begun = [stack_event(2, "shop", "UPDATE_IN_PROGRESS", kind=STACK_TYPE), stack_event(1, "Old", "CREATE_COMPLETE")]
    cleaning = [stack_event(4, "shop", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", kind=STACK_TYPE),
                stack_event(3, "Role", "UPDATE_COMPLETE")]  # fmt: skip
    done = [stack_event(5, "shop", "UPDATE_COMPLETE", kind=STACK_TYPE)]
    # Right after the change set is executed, nothing is new: the stack still has its former status.
    for events in ([begun[1]], begun, [*cleaning, *begun], [*done, *cleaning, *begun]):
        stub.add_response("describe_stack_events", {"StackEvents": events})
    outputs = [{"OutputKey": "Url", "OutputValue": "https://api"}]
    stub.add_response("describe_stacks", told_stack("UPDATE_COMPLETE", Outputs=outputs))
    told: list[StackEvent] = []
    stack = follow(client, "shop", frozenset({"1"}), told.append, no_sleep)
    assert [event.id for event in told] == ["2", "3", "4", "5"]
    assert stack.outputs == {"Url": "https://api"}


def test_a_failure_is_told_with_its_causes_and_not_with_what_they_cancelled(client: Any, stub: Stubber) -> None:
    events = [
        stack_event(4, "shop", "ROLLBACK_COMPLETE", kind=STACK_TYPE),
        stack_event(3, "Other", "CREATE_FAILED", "Resource creation cancelled"),
        stack_event(2, "Role", "CREATE_FAILED", "not authorized to perform: iam:CreateRole"),
        stack_event(1, "shop", "CREATE_IN_PROGRESS", kind=STACK_TYPE),
    ]
    stub.add_response("describe_stack_events", {"StackEvents": events})
    stub.add_response("describe_stacks", told_stack("ROLLBACK_COMPLETE"))
    with pytest.raises(DeployError) as caught:
        follow(client, "shop", frozenset(), lambda event: None, no_sleep)
    assert str(caught.value) == "the stack shop is ROLLBACK_COMPLETE: Role: not authorized to perform: iam:CreateRole"


def test_without_credentials_the_error_says_where_to_get_some(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _forget_aws(monkeypatch, tmp_path)
    with pytest.raises(DeployError, match="no credentials for AWS are known: run `aws configure`"):
        open_account("eu-west-3", {})


def test_without_a_region_the_error_says_how_to_give_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _forget_aws(monkeypatch, tmp_path)
    with pytest.raises(DeployError, match="give --region, or set AWS_REGION"):
        open_account(None, {})


def _forget_aws(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION",
                 "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                 "AWS_WEB_IDENTITY_TOKEN_FILE"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "none"))
