"""What a build comes to: the resources of a stack, before any service is asked."""

from pathlib import Path
from typing import Any

import pytest

from local.deploying.errors import DeployError
from local.deploying.wanted.model import Wanted
from local.deploying.wanted.names import Names
from local.deploying.wanted.reading import read_wanted
from local.deploying.zips import read_build
from local.template import TemplateError
from tests.deploy_builds import OURS, SHOP, VALUES, make_build, sha256

NAMES = Names("shop", "000000000000", "eu-west-3")
ENDPOINT = "http://localhost:4566"
LAMBDA = "arn:aws:lambda:eu-west-3:000000000000"


def read(folder: Path, template: str = SHOP, **values: str) -> Wanted:
    return read_wanted(read_build(make_build(folder, template)), {"DatabaseUrl": "db"} | values, NAMES, ENDPOINT)


def changed(old: str, new: str) -> str:
    assert SHOP.count(old) == 1
    return SHOP.replace(old, new)


def test_a_function_has_its_own_properties_and_the_globals(tmp_path: Path) -> None:
    orders = read(tmp_path).function("Orders")
    assert (orders.name, orders.arn) == ("shop-Orders", f"{LAMBDA}:function:shop-Orders")
    assert (orders.handler, orders.runtime, orders.architecture) == ("orders.app", "python3.13", "arm64")
    assert (orders.memory_mb, orders.timeout_s, orders.concurrency_max) == (256, 10, 5)
    assert orders.layers == ("Shared",)
    assert orders.zip.sha256 == sha256(tmp_path / "Orders.zip")


def test_references_become_the_names_that_the_resources_get(tmp_path: Path) -> None:
    assert read(tmp_path).function("Orders").environment == {
        "LEVEL": "INFO",
        "HERE": "eu-west-3",
        "DATABASE_URL": "db",
        "FAILED": "arn:aws:sqs:eu-west-3:000000000000:shop-Failed",
        "GUARD": f"shop-Guard/{LAMBDA}:function:shop-Guard/INFO",
    }


def test_each_function_has_a_role_that_may_write_logs_and_what_its_policies_say(tmp_path: Path) -> None:
    roles = {role.name: role for role in read(tmp_path).roles}
    assert set(roles) == {"shop-GuardRole", "shop-OrdersRole"}
    assert set(roles["shop-GuardRole"].inline) == {"Logs"}
    statement = roles["shop-OrdersRole"].inline["Policy0"]["Statement"][0]
    assert statement["Resource"] == "arn:aws:sqs:eu-west-3:000000000000:shop-Failed"


def test_a_managed_policy_may_be_given_by_its_name(tmp_path: Path) -> None:
    text = changed("Handler: guard.handler }", "Handler: guard.handler, Policies: [AWSXrayWriteOnlyAccess] }")
    guard = next(role for role in read(tmp_path, text).roles if role.name == "shop-GuardRole")
    assert guard.managed == ("arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess",)


def test_a_policy_template_of_sam_is_refused_by_name(tmp_path: Path) -> None:
    text = changed("Handler: guard.handler }", "Handler: guard.handler, Policies: [SQSPollerPolicy: {QueueName: q}] }")
    with pytest.raises(DeployError, match=r"Guard.Policies\[0\]: SQSPollerPolicy is a policy template of SAM"):
        read(tmp_path, text)


def test_a_role_that_the_template_names_is_used_and_none_is_made(tmp_path: Path) -> None:
    text = changed("Handler: guard.handler }", 'Handler: guard.handler, Role: "arn:aws:iam::1:role/ours" }')
    wanted = read(tmp_path, text)
    assert wanted.function("Guard").role_arn == "arn:aws:iam::1:role/ours"
    assert [role.name for role in wanted.roles] == ["shop-OrdersRole"]


def test_the_api_has_each_route_with_its_authorizer(tmp_path: Path) -> None:
    (api,) = read(tmp_path).apis
    assert {(one.method, one.path, one.authorizer) for one in api.methods} == {
        ("GET", "/orders", "Token"),
        ("GET", "/orders/{order_id}", "Token"),
        ("GET", "/health", None),
    }
    (token,) = api.authorizers
    assert (token.kind, token.identity, token.ttl_s) == ("TOKEN", "method.request.header.authorization", 60)
    assert (api.stage, dict(api.variables), api.binary_types) == ("v1", {"colour": "green"}, ("image/png",))


def test_a_schedule_is_a_rule_named_after_function_and_event(tmp_path: Path) -> None:
    (sweep,) = read(tmp_path).schedules
    assert (sweep.name, sweep.expression, sweep.input_json) == (
        "shop-OrdersSweep",
        "rate(5 minutes)",
        '{"sweep": true}',
    )


def test_what_a_condition_leaves_out_is_not_wanted(tmp_path: Path) -> None:
    assert [queue.name for queue in read(tmp_path).queues] == ["shop-Failed"]
    assert [queue.name for queue in read(tmp_path, Level="DEBUG").queues] == ["shop-Failed", "shop-Loud"]


def test_what_only_cloudformation_makes_is_told(tmp_path: Path) -> None:
    assert read(tmp_path).left_out == ("Table (AWS::DynamoDB::Table)",)


def test_a_reference_to_what_only_cloudformation_makes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match=r"Orders.*FAILED: Table.Arn is known only to CloudFormation"):
        read(tmp_path, changed("FAILED: !GetAtt Failed.Arn", "FAILED: !GetAtt Table.Arn"))


def test_a_reference_in_a_branch_that_is_not_taken_is_no_problem(tmp_path: Path) -> None:
    text = changed("FAILED: !GetAtt Failed.Arn", "FAILED: !If [IsLoud, !GetAtt Table.Arn, none]")
    assert read(tmp_path, text).function("Orders").environment["FAILED"] == "none"


def test_an_http_api_is_refused_by_name(tmp_path: Path) -> None:
    text = changed("{ Type: Api, Properties: { RestApiId: !Ref Api, Method: GET, Path: /orders } }",
                   "{ Type: HttpApi, Properties: { Method: GET, Path: /orders } }")  # fmt: skip
    with pytest.raises(DeployError, match="ServerlessHttpApi is an HTTP API"):
        read(tmp_path, text)


def test_every_problem_of_the_template_is_in_one_error(tmp_path: Path) -> None:
    text = changed("Timeout: 10", "Timeout: 0").replace("MemorySize: 256", "MemorySize: 1")
    with pytest.raises(TemplateError, match=r"Timeout.*; .*MemorySize"):
        read(tmp_path, text)


def test_a_name_that_no_service_takes_is_refused(tmp_path: Path) -> None:
    build = read_build(make_build(tmp_path, SHOP))
    with pytest.raises(DeployError, match="a shorter --stack"):
        read_wanted(build, {"DatabaseUrl": "db"}, Names("s" * 60, "1", "eu-west-3"), ENDPOINT)


def test_a_folder_without_a_build_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="recours package --out"):
        read_build(tmp_path)


def test_a_zip_that_is_gone_is_named(tmp_path: Path) -> None:
    (make_build(tmp_path, SHOP) / "Guard.zip").unlink()
    with pytest.raises(DeployError, match=r"Guard.zip: the zip of Guard is not there"):
        read_build(tmp_path)


def test_of_our_own_template_everything_is_deployed_but_the_stream_mappings(tmp_path: Path) -> None:
    wanted = read_ours(tmp_path)
    assert wanted.left_out == ()
    assert "ProjectionSubscriber" in wanted.polled
    assert all(function.environment["SERVICE_NAME"] for function in wanted.functions)
    assert {function.logical for function in wanted.functions} >= {"ClaimsFunction", "AuthorizerFunction"}


def test_our_functions_may_read_the_secrets_that_are_named_and_no_others(tmp_path: Path) -> None:
    arn = "arn:aws:secretsmanager:eu-west-3:000000000000:secret:log-AbCdEf"
    role = next(one for one in read_ours(tmp_path, SecretArns=arn).roles if one.name == "shop-ClaimsFunctionRole")
    assert role.inline["ReadSecrets"]["Statement"][0]["Resource"] == [arn]
    others = read_ours(tmp_path).roles
    assert all("ReadSecrets" not in one.inline for one in others)


def read_ours(folder: Path, **values: Any) -> Wanted:
    build = read_build(make_build(folder, OURS.read_text("utf-8")))
    return read_wanted(build, VALUES | values, NAMES, ENDPOINT)
