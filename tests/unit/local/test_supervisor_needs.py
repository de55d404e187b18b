"""Which servers a template makes `up` start."""

from pathlib import Path

import pytest

from local.supervisor.errors import StartError
from local.supervisor.needs import Needs, needs_of
from local.template import load_template

HEAD = "Transform: AWS::Serverless-2016-10-31\n"
FUNCTION = """
Resources:
  F:
    Type: AWS::Serverless::Function
    Metadata: {{ {metadata} }}
    Properties: {{ Runtime: python3.13, CodeUri: ., Handler: app.handler }}
"""


def needs(folder: Path, parameters: str, metadata: str = "") -> Needs:
    template = folder / "template.yaml"
    template.write_text(f"{HEAD}{parameters}{FUNCTION.format(metadata=metadata)}")
    given = {
        "RedisUrl": "redis://r",
        "PostgresUrl": "postgresql://p",
        "SmsUrl": "http://s",
        "CustomerServiceUrl": "http://c",
    }
    return needs_of(template, load_template(template, given))


def test_a_template_without_our_parameters_starts_nothing(tmp_path: Path) -> None:
    assert needs(tmp_path, "") == Needs(servers=(), mail=False, lab6=False)


def test_each_parameter_asks_for_what_it_names(tmp_path: Path) -> None:
    declared = "Parameters: { PostgresUrl: { Type: String }, SmsUrl: { Type: String } }"
    assert needs(tmp_path, declared) == Needs(servers=("postgres",), mail=True, lab6=False)
    declared = "Parameters: { RedisUrl: { Type: String }, CustomerServiceUrl: { Type: String } }"
    assert needs(tmp_path, declared) == Needs(servers=("valkey",), mail=False, lab6=True)


def test_a_stream_needs_the_log_whether_a_parameter_says_so_or_not(tmp_path: Path) -> None:
    mapping = "EventSourceMapping: { Stream: events, Group: g, BatchSize: 1 }"
    assert needs(tmp_path, "", mapping).servers == ("valkey",)


def test_a_file_that_is_no_template_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("Parameters: [")
    whole = tmp_path / "template.yaml"
    whole.write_text(HEAD + FUNCTION.format(metadata=""))
    with pytest.raises(StartError, match=r"t\.yaml is not a template that can be run"):
        needs_of(tmp_path / "t.yaml", load_template(whole, {}))
