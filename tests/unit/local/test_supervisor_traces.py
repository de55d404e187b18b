"""`up --traces URL`: every function is told where its spans go, and nobody else hears of it."""

from pathlib import Path

import pytest

from local.cli.invoke import traces
from local.cli.main import run
from local.paths import DEFAULT_TEMPLATE, DataDirectory
from local.serving.variables import declared_parameters, with_stand_ins
from local.supervisor.options import Options
from local.supervisor.traces import trace_parameters, trace_urls
from local.supervisor.urls import url_lines
from local.template import load_template

URL = "http://user:secret@127.0.0.1:4318"


def options(traces: str | None) -> Options:
    return Options(DataDirectory(Path("/d")), Path("/t.yaml"), traces=traces)


def variables(**parameters: str) -> list[tuple[str, str, str]]:
    """What each function of our template is told."""
    values = with_stand_ins(declared_parameters(DEFAULT_TEMPLATE), parameters)
    names = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG")
    functions = load_template(DEFAULT_TEMPLATE, values).functions
    return [(one.environment[names[0]], one.environment[names[1]], one.environment[names[2]]) for one in functions]


def test_without_the_option_no_function_is_traced() -> None:
    assert trace_parameters(options(None), {"OTEL_TRACES_SAMPLER": "always_on"}) == {}
    assert set(variables()) == {("", "parentbased_always_on", "1.0")}


def test_with_it_each_is_told_where_spans_go_and_which_are_kept() -> None:
    sampling = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"}
    told = trace_parameters(options(URL), sampling)
    assert set(variables(**told)) == {(URL, "parentbased_traceidratio", "0.1")}


def test_the_supervisor_is_told_what_the_command_was() -> None:
    assert options(URL).to_arguments()[-2:] == ["--traces", URL]
    assert "--traces" not in options(None).to_arguments()


def test_where_spans_go_is_shown_without_its_password() -> None:
    assert trace_urls(options(None)) == {}
    assert url_lines(trace_urls(options(URL)), masked=False) == "  traces  http://user:***@127.0.0.1:4318"


def test_a_function_that_is_invoked_once_sends_them_where_the_running_system_does() -> None:
    assert traces({"redis": "redis://h", "traces": URL}) == {"OtlpEndpoint": URL}
    assert traces({"redis": "redis://h"}) == {}


@pytest.mark.parametrize("url", ["localhost:4318", "grpc://localhost:4317", "http://", "http://[::1"])
def test_what_is_no_address_for_spans_is_wrong_use(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["up", "--data", str(tmp_path), "--traces", url]) == 2
    assert capsys.readouterr().err == f"recours: --traces {url} is no address as http://localhost:4318\n"
