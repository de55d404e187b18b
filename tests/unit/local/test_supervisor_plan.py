import json
from collections.abc import Mapping
from pathlib import Path

from local.paths import DataDirectory
from local.schedules.expressions import parse
from local.supervisor.plan import (
    Urls,
    child_environment,
    http_functions,
    poller_names,
    schedule_names,
    scheduled_functions,
    service_ports,
    stream_functions,
)
from local.supervisor.urls import url_lines, without_password
from local.template import Function, Route, Schedule, Template

HEALTH = (Route("GET", "/health"),)
URLS = Urls("redis://r", "mongodb://m", "postgresql://p", "smtp://s", "http://sms")


def function(
    name: str,
    service: str,
    *,
    port: int | None = None,
    environments: int = 1,
    routes: tuple[Route, ...] = (),
    mapping: Mapping[str, object] | None = None,
    schedules: tuple[Schedule, ...] = (),
) -> Function:
    return Function(
        name=name,
        handler="module.handler",
        service=service,
        port=port,
        base_path="",
        environments=environments,
        timeout_s=3,
        memory_mb=128,
        environment={},
        layers=(),
        code_uri=Path(),
        routes=routes,
        mapping=mapping,
        schedules=schedules,
    )


def template(*functions: Function) -> Template:
    return Template(Path("template.yaml"), "", functions, ())


def test_a_poller_is_named_after_its_service() -> None:
    functions = [function("A", "audit"), function("B", "claims"), function("C", "claims")]
    assert [name for name, _ in poller_names(functions)] == ["audit-poller", "claims-poller-1", "claims-poller-2"]


def test_what_keeps_schedules_is_named_after_its_service() -> None:
    sweep = Schedule("Sweep", "rate(1 minute)", parse("rate(1 minute)"), "aws.events", "arn")
    functions = template(function("A", "audit"), function("B", "claims", schedules=(sweep,)))
    assert [name for name, _ in schedule_names(scheduled_functions(functions))] == ["claims-schedule"]


def test_only_functions_with_routes_listen_and_only_those_with_a_mapping_poll() -> None:
    http = function("Http", "audit", port=8103, routes=HEALTH)
    stream = function("Stream", "audit", port=8103, mapping={"Stream": "events:all"})
    both = template(http, stream)
    assert http_functions(both) == [http]
    assert stream_functions(both) == [stream]
    assert service_ports(both) == {"audit": 8103}


def test_a_service_without_a_port_answers_on_the_gateways_alone() -> None:
    assert service_ports(template(function("A", "audit", routes=HEALTH))) == {}


def test_a_process_is_told_the_parameters_and_where_its_service_counts() -> None:
    environment = child_environment(DataDirectory(Path("/data")), "audit", URLS.as_parameters())
    assert set(environment) == {"RECOURS_PARAMETERS", "PROMETHEUS_MULTIPROC_DIR"}
    assert environment["PROMETHEUS_MULTIPROC_DIR"] == "/data/run/metrics/audit"
    assert json.loads(environment["RECOURS_PARAMETERS"]) == {
        "RedisUrl": "redis://r",
        "MongoUrl": "mongodb://m",
        "PostgresUrl": "postgresql://p",
        "SmtpUrl": "smtp://s",
        "SmsUrl": "http://sms",
        "OrderServiceUrl": "http://127.0.0.1:9",
        "CustomerServiceUrl": "http://127.0.0.1:9",
        "ClaimsUrl": "",
    }


def test_a_password_is_left_out_of_a_url_and_nothing_else_is() -> None:
    url = "postgresql://ann:s3cret@db.example:5432/recours?sslmode=require"
    assert without_password(url) == "postgresql://ann:***@db.example:5432/recours?sslmode=require"
    assert without_password("redis://127.0.0.1:6379/0") == "redis://127.0.0.1:6379/0"


def test_urls_stand_in_a_column() -> None:
    assert url_lines({"a": "http://x", "long": "http://y"}, masked=True) == "  a     http://x\n  long  http://y"
