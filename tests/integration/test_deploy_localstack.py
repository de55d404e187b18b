"""`deploy --target localstack` against moto's server: what is made, what a second run changes, what is deleted."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local.cli.main import run
from local.deploying.changes import Change
from local.deploying.errors import DeployError
from local.deploying.localstack.deploying import deploy, left_over, prune
from local.deploying.localstack.site import Site, open_site
from local.deploying.wanted.model import Wanted
from local.deploying.wanted.reading import read_wanted
from local.deploying.zips import read_build
from tests.deploy_builds import OURS, SHOP, VALUES, make_build
from tests.integration.deploy_endpoint import REGION, client_at, running_endpoint

SECRET = "postgresql://user:hunter2@db"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with running_endpoint() as url:
        yield url


@pytest.fixture
def stack() -> str:
    """A name that no other test has."""
    return f"s{uuid4().hex[:8]}"


class Shop:
    """A stack of one test, and what was told of its last deployment."""

    def __init__(self, endpoint: str, stack: str, folder: Path) -> None:
        self.endpoint, self.stack, self._folder = endpoint, stack, folder
        self.changes: list[Change] = []
        self.urls: dict[str, str] = {}

    def deploy(self, template: str = SHOP, *, code: str = "1", acts: bool = True, **values: str) -> dict[str, str]:
        """What became of each resource, by its name without the stack's."""
        site, wanted = self.read(template, code=code, acts=acts, **values)
        self.changes = []
        self.urls = deploy(site, wanted, self.changes.append)
        return self.told()

    def read(self, template: str = SHOP, *, code: str = "1", acts: bool = True, **values: str) -> tuple[Site, Wanted]:
        site = open_site(self.stack, self.endpoint, REGION, acts=acts)
        build = read_build(make_build(self._folder, template, code=code))
        return site, read_wanted(build, {"DatabaseUrl": "db"} | values, site.names, site.url)

    def told(self) -> dict[str, str]:
        kinds = {one for one in self.changes if one.what != "unchanged"}
        return {f"{one.kind} {one.name.removeprefix(f'{self.stack}-')}": one.what for one in kinds}

    def detail(self, kind: str, name: str) -> str:
        return next(one.detail for one in self.changes if (one.kind, one.name) == (kind, f"{self.stack}-{name}"))

    def client(self, service: str) -> Any:
        return client_at(self.endpoint, service)

    def function(self, name: str) -> Any:
        return self.client("lambda").get_function(FunctionName=f"{self.stack}-{name}")

    def api(self, name: str = "Api") -> Any:
        items = self.client("apigateway").get_rest_apis()["items"]
        return next(api for api in items if api["name"] == f"{self.stack}-{name}")

    def paths(self) -> dict[str, Any]:
        items = self.client("apigateway").get_resources(restApiId=self.api()["id"], embed=["methods"])["items"]
        return {one["path"]: one.get("resourceMethods", {}) for one in items}


@pytest.fixture
def shop(endpoint: str, stack: str, tmp_path: Path) -> Shop:
    return Shop(endpoint, stack, tmp_path)


def changed(old: str, new: str, text: str = SHOP) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def test_a_first_deployment_makes_everything(shop: Shop) -> None:
    told = shop.deploy()
    assert set(told.values()) == {"created"}
    assert {name.partition(" ")[0] for name in told} == {
        "bucket", "zips", "role", "layer", "queue", "function", "REST", "stage", "schedule", "permissions"
    }  # fmt: skip


def test_a_second_deployment_changes_nothing(shop: Shop) -> None:
    shop.deploy()
    assert shop.deploy() == {}
    assert shop.changes
    versions = shop.client("lambda").list_layer_versions(LayerName=f"{shop.stack}-Shared")["LayerVersions"]
    assert [one["Version"] for one in versions] == [1]


def test_functions_have_the_configuration_of_the_template(shop: Shop) -> None:
    shop.deploy()
    told = shop.function("Orders")
    configuration = told["Configuration"]
    assert (configuration["Handler"], configuration["Runtime"]) == ("orders.app", "python3.13")
    assert (configuration["MemorySize"], configuration["Timeout"]) == (256, 10)
    assert configuration["Architectures"] == ["arm64"]
    assert configuration["Role"].endswith(f":role/{shop.stack}-OrdersRole")
    assert configuration["Environment"]["Variables"]["DATABASE_URL"] == "db"
    assert [layer["Arn"].rpartition(":")[0].rpartition(":")[2] for layer in configuration["Layers"]] == [
        f"{shop.stack}-Shared"
    ]
    assert told["Concurrency"] == {"ReservedConcurrentExecutions": 5}
    failed = configuration["Environment"]["Variables"]["FAILED"]
    queue = shop.client("sqs").get_queue_url(QueueName=f"{shop.stack}-Failed")["QueueUrl"]
    attributes = shop.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert (failed, attributes["MessageRetentionPeriod"]) == (attributes["QueueArn"], "86400")


def test_each_route_invokes_its_function_and_asks_its_authorizer(shop: Shop) -> None:
    shop.deploy()
    paths = shop.paths()
    assert set(paths) == {"/", "/health", "/orders", "/orders/{order_id}"}
    (token,) = shop.client("apigateway").get_authorizers(restApiId=shop.api()["id"])["items"]
    one = paths["/orders/{order_id}"]["GET"]
    assert (one["authorizationType"], one["authorizerId"]) == ("CUSTOM", token["id"])
    assert one["methodIntegration"]["type"] == "AWS_PROXY"
    assert f":function:{shop.stack}-Orders/" in one["methodIntegration"]["uri"]
    assert paths["/health"]["GET"]["authorizationType"] == "NONE"
    assert f":function:{shop.stack}-Guard/" in token["authorizerUri"]
    assert (token["identityValidationExpression"], token["authorizerResultTtlInSeconds"]) == ("^Bearer .+$", 60)
    stage = shop.client("apigateway").get_stage(restApiId=shop.api()["id"], stageName="v1")
    assert stage["variables"] == {"colour": "green"}
    assert shop.urls == {"Api": f"{shop.endpoint}/_aws/execute-api/{shop.api()['id']}/v1"}


def test_the_api_and_the_schedule_may_invoke_and_nobody_else(shop: Shop) -> None:
    shop.deploy()
    policy = json.loads(shop.client("lambda").get_policy(FunctionName=f"{shop.stack}-Orders")["Policy"])
    sources = {one["Principal"]["Service"]: one["Condition"]["ArnLike"]["AWS:SourceArn"] for one in policy["Statement"]}
    assert set(sources) == {"apigateway.amazonaws.com", "events.amazonaws.com"}
    assert f":{shop.api()['id']}/" in sources["apigateway.amazonaws.com"]
    rule = shop.client("events").describe_rule(Name=f"{shop.stack}-OrdersSweep")
    assert (sources["events.amazonaws.com"], rule["ScheduleExpression"]) == (rule["Arn"], "rate(5 minutes)")
    (target,) = shop.client("events").list_targets_by_rule(Rule=f"{shop.stack}-OrdersSweep")["Targets"]
    assert (target["Arn"], target["Input"]) == (
        shop.function("Orders")["Configuration"]["FunctionArn"],
        '{"sweep": true}',
    )


def test_new_code_changes_functions_and_publishes_layers(shop: Shop) -> None:
    shop.deploy()
    told = shop.deploy(code="2")
    assert {name: what for name, what in told.items() if not name.startswith("zips ")} == {
        "layer Shared": "updated",
        "function Guard": "updated",
        "function Orders": "updated",
    }
    assert shop.detail("function", "Guard") == "code"
    assert shop.detail("function", "Orders") == "code, Layers"
    assert shop.function("Orders")["Configuration"]["Layers"][0]["Arn"].endswith(":2")


def test_only_the_function_that_differs_is_changed(shop: Shop) -> None:
    shop.deploy()
    assert shop.deploy(changed("Timeout: 10", "Timeout: 20")) == {"function Orders": "updated"}
    assert shop.detail("function", "Orders") == "Timeout"
    assert shop.function("Orders")["Configuration"]["Timeout"] == 20


def test_a_changed_parameter_changes_the_functions_that_are_given_it(shop: Shop) -> None:
    shop.deploy()
    assert shop.deploy(DatabaseUrl="other") == {"function Orders": "updated"}
    assert shop.function("Orders")["Configuration"]["Environment"]["Variables"]["DATABASE_URL"] == "other"


def test_what_somebody_else_changed_is_put_right(shop: Shop) -> None:
    shop.deploy()
    shop.client("lambda").update_function_configuration(FunctionName=f"{shop.stack}-Guard", MemorySize=1024)
    shop.client("lambda").remove_permission(FunctionName=f"{shop.stack}-Guard", StatementId="RecoursApiAuthorizer")
    assert shop.deploy() == {"function Guard": "updated", "permissions Guard": "created"}
    assert shop.function("Guard")["Configuration"]["MemorySize"] == 128
    assert shop.deploy() == {}


def test_a_limit_that_left_the_template_is_taken_away(shop: Shop) -> None:
    shop.deploy()
    shop.deploy(changed("      ReservedConcurrentExecutions: 5\n", ""))
    assert "Concurrency" not in shop.function("Orders")


def test_routes_come_and_go_with_the_template(shop: Shop) -> None:
    shop.deploy()
    text = changed("Method: GET, Path: /orders }", "Method: POST, Path: /orders }")
    text = changed('Path: "/orders/{order_id}"', 'Path: "/orders/{order_id}/lines"', text)
    told = shop.deploy(text)
    assert told == {"REST API Api": "updated", "stage Api/v1": "updated"}
    assert shop.detail("REST API", "Api") == "2 routes added, 2 routes removed"
    assert set(shop.paths()["/orders"]) == {"POST"}
    assert set(shop.paths()["/orders/{order_id}/lines"]) == {"GET"}
    shop.deploy()
    assert set(shop.paths()) == {"/", "/health", "/orders", "/orders/{order_id}"}


def test_a_changed_authorizer_is_put_on_line(shop: Shop) -> None:
    shop.deploy()
    told = shop.deploy(changed("ReauthorizeEvery: 60", "ReauthorizeEvery: 0"))
    assert told == {"REST API Api": "updated", "stage Api/v1": "updated"}
    (token,) = shop.client("apigateway").get_authorizers(restApiId=shop.api()["id"])["items"]
    assert token["authorizerResultTtlInSeconds"] == 0
    assert shop.deploy(changed("ReauthorizeEvery: 60", "ReauthorizeEvery: 0")) == {}


def test_a_route_that_is_opened_is_open_on_line(shop: Shop) -> None:
    shop.deploy()
    text = changed("Method: GET, Path: /orders }", "Method: GET, Path: /orders, Auth: { Authorizer: NONE } }")
    assert shop.deploy(text) == {"REST API Api": "updated", "stage Api/v1": "updated"}
    assert shop.paths()["/orders"]["GET"]["authorizationType"] == "NONE"


def test_stage_variables_come_and_go_with_the_template(shop: Shop) -> None:
    shop.deploy()
    assert shop.deploy(changed("{ colour: green }", "{ size: small }")) == {"stage Api/v1": "updated"}
    stage = shop.client("apigateway").get_stage(restApiId=shop.api()["id"], stageName="v1")
    assert stage["variables"] == {"size": "small"}
    deployments = shop.client("apigateway").get_deployments(restApiId=shop.api()["id"])["items"]
    assert [one["id"] for one in deployments] == [stage["deploymentId"]]


def test_an_earlier_command_that_broke_off_before_the_stage_is_made_up_for(shop: Shop) -> None:
    shop.deploy()
    api, api_id = shop.client("apigateway"), shop.api()["id"]
    other = api.create_deployment(restApiId=api_id, description="by hand")["id"]
    operations = [{"op": "replace", "path": "/deploymentId", "value": other}]
    api.update_stage(restApiId=api_id, stageName="v1", patchOperations=operations)
    assert shop.deploy() == {"stage Api/v1": "updated"}
    assert shop.deploy() == {}


def test_a_dry_run_tells_the_same_and_changes_nothing(shop: Shop) -> None:
    dry = shop.deploy(acts=False)
    functions = shop.client("lambda").list_functions()["Functions"]
    assert not any(one["FunctionName"].startswith(shop.stack) for one in functions)
    assert dry == shop.deploy()
    text = changed("Timeout: 10", "Timeout: 20")
    assert shop.deploy(text, code="2", acts=False) == shop.deploy(text, code="2")


def test_what_left_the_template_is_left_over_until_it_is_pruned(shop: Shop) -> None:
    shop.deploy(Level="DEBUG")
    without = changed(
        "        Sweep: { Type: Schedule, Properties: { Schedule: rate(5 minutes), Input: '{\"sweep\": true}' } }\n", ""
    )
    shop.deploy(without)
    site, wanted = shop.read(without)
    rest = [(kind, name.removeprefix(f"{shop.stack}-")) for kind, name in left_over(site, wanted)]
    assert rest == [("schedule", "OrdersSweep"), ("queue", "Loud")]
    shop.changes = []
    prune(site, wanted, shop.changes.append)
    assert shop.told() == {"schedule OrdersSweep": "deleted", "queue Loud": "deleted"}
    assert left_over(site, wanted) == []
    urls = shop.client("sqs").list_queues(QueueNamePrefix=f"{shop.stack}-Loud").get("QueueUrls", [])
    assert urls == []


def test_everything_of_a_stack_can_be_pruned_and_other_stacks_stay(shop: Shop, tmp_path: Path) -> None:
    other = Shop(shop.endpoint, f"{shop.stack}-b", tmp_path / "other")
    other.deploy()
    shop.deploy()
    nothing = "Resources:\n  Nothing: { Type: AWS::SQS::Queue }\nParameters:\n  DatabaseUrl: { Type: String }\n"
    site, wanted = shop.read(nothing)
    prune(site, wanted, shop.changes.append)
    names = {one["FunctionName"] for one in shop.client("lambda").list_functions()["Functions"]}
    assert not {f"{shop.stack}-Orders", f"{shop.stack}-Guard"} & names
    assert {one["name"] for one in shop.client("apigateway").get_rest_apis()["items"]} & {f"{shop.stack}-Api"} == set()
    assert other.deploy() == {}


def test_what_a_command_made_before_it_broke_off_is_known(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(site: Site, layer: Any) -> Any:
        raise DeployError("the endpoint went away")

    monkeypatch.setattr("local.deploying.localstack.deploying.deploy_layer", refuse)
    with pytest.raises(DeployError):
        shop.deploy()
    site, wanted = shop.read(
        "Resources: { Q: { Type: AWS::SQS::Queue } }\nParameters: { DatabaseUrl: { Type: String } }"
    )
    assert ("role", f"{shop.stack}-OrdersRole") in left_over(site, wanted)


def test_nothing_secret_is_kept_beside_the_functions(shop: Shop, tmp_path: Path) -> None:
    shop.deploy(DatabaseUrl=SECRET)
    site, _ = shop.read()
    keys = [one["Key"] for one in shop.client("s3").list_objects_v2(Bucket=site.names.bucket)["Contents"]]
    bodies = [shop.client("s3").get_object(Bucket=site.names.bucket, Key=key)["Body"].read() for key in keys]
    assert len(bodies) == 4
    assert not any(b"hunter2" in body for body in bodies)
    assert not any(b"hunter2" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_aws_itself_is_refused() -> None:
    with pytest.raises(DeployError, match="is AWS itself; deploy there with --target aws"):
        open_site("shop", "https://sts.us-east-1.amazonaws.com", REGION, acts=True)


def test_our_own_system_is_deployed_and_then_unchanged(endpoint: str, stack: str, tmp_path: Path,
                                                       capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    arguments = ["deploy", "--target", "localstack", "--no-build", "--endpoint", endpoint, "--stack", stack]
    arguments += ["--dist", str(make_build(tmp_path / "dist", OURS.read_text("utf-8")))]
    file = tmp_path / "values.json"
    file.write_text(json.dumps(VALUES | {"PostgresUrl": SECRET}))
    assert run([*arguments, "--param-file", str(file)]) == 0
    first = capsys.readouterr().out
    assert run([*arguments, "--param-file", str(file)]) == 0
    second = capsys.readouterr().out
    assert f"Gateway: {endpoint}/_aws/execute-api/" in first
    assert " routes" in first
    assert f"./recours serve poller NotificationSubscriber --invoke {stack}-NotificationSubscriber" in second
    (summary,) = [line for line in second.splitlines() if line.startswith("Done: ")]
    assert summary.endswith(" unchanged.")
    assert "," not in summary
    assert "hunter2" not in first + second


def test_the_command_deletes_only_when_it_is_told_to(endpoint: str, stack: str, tmp_path: Path,
                                                     capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    arguments = ["deploy", "--target", "localstack", "--no-build", "--endpoint", endpoint, "--stack", stack]
    arguments += ["--param", "DatabaseUrl=db", "--dist", str(make_build(tmp_path, SHOP))]
    assert run([*arguments, "--param", "Level=DEBUG"]) == 0
    assert run(arguments) == 0
    assert f"Left over, until --prune: queue {stack}-Loud." in capsys.readouterr().out
    assert run([*arguments, "--prune"]) == 2
    assert "repeat with --yes" in capsys.readouterr().err
    assert run([*arguments, "--prune", "--yes"]) == 0
    assert "deleted" in capsys.readouterr().out


def test_an_endpoint_that_does_not_answer_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["deploy", "--target", "localstack", "--no-build", "--endpoint", "http://127.0.0.1:9"]
    code = run([*arguments, "--param", "DatabaseUrl=db", "--dist", str(make_build(tmp_path, SHOP))])
    assert code == 1
    assert capsys.readouterr().err == "recours: http://127.0.0.1:9 does not answer (EndpointConnectionError)\n"
