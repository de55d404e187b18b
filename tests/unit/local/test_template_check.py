"""`template check` tells all that `up` would refuse, and agrees with it."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from local.cli.main import run
from local.template import TemplateError, load_template
from local.template.reader import read_template
from local.template.report import findings_of

ROOT = Path(__file__).resolve().parents[3]
GOOD = """
Globals: { Function: { Runtime: python3.13, Handler: app.handler } }
Resources:
  Table: { Type: AWS::DynamoDB::Table }
  F:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [!Sub "${Nobody}"]
      Events: { E: { Type: Api, Properties: { Method: GET, Path: /x } } }
"""
BAD = (
    GOOD
    + """
      InlineCode: x
      Timeout: soon
      Environment: { Variables: { A: !ImportValue a, B: fine, C: !GetAtt Table.StreamArn } }
  Nested: { Type: AWS::Serverless::Application }
"""
)


def write(folder: Path, text: str) -> Path:
    path = folder / "template.yaml"
    path.write_text(dedent(text))
    return path


def verdicts(path: Path) -> dict[tuple[str, str], str]:
    return {(one.resource, one.name): one.verdict for one in findings_of(read_template(path, {}))}


def test_every_property_has_a_verdict(tmp_path: Path) -> None:
    assert verdicts(write(tmp_path, GOOD)) == {
        ("F", "Runtime"): "emulated",
        ("F", "Handler"): "emulated",
        ("F", "Policies"): "cloud",
        ("F", "Events"): "emulated",
        ("Table", ""): "cloud",
    }


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    found = verdicts(write(tmp_path, BAD))
    assert {place for place, verdict in found.items() if verdict == "refused"} == {
        ("F", "InlineCode"),
        ("F", "Timeout"),
        ("F", "Environment.Variables.A"),
        ("F", "Environment.Variables.C"),
        ("Nested", "Type"),
    }


def test_the_command_prints_what_a_person_can_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["template", "check", str(write(tmp_path, GOOD))]) == 0
    told = capsys.readouterr().out
    assert "F  AWS::Serverless::Function\n  emulated           Runtime, Handler, Events (1 route)\n" in told
    assert "  left to the cloud  Policies: permissions: nothing here asks for any\n" in told
    assert told.endswith("template.yaml: `./recours up` runs it: 1 functions, 1 routes, 0 schedules.\n")
    assert run(["template", "check", str(write(tmp_path, BAD))]) == 1
    told = capsys.readouterr().out
    assert "  REFUSED            Timeout: 'soon' is not a whole number\n" in told
    assert told.endswith("template.yaml: 5 reasons why `./recours up` refuses it.\n")


def test_the_command_prints_json_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["template", "check", str(write(tmp_path, BAD)), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["accepted"] is False
    assert {
        "resource": "F",
        "type": "AWS::Serverless::Function",
        "name": "Handler",
        "verdict": "emulated",
        "text": "",
    } in (told["findings"])


def test_a_file_that_is_no_template_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["template", "check", str(write(tmp_path, "[]"))]) == 1
    assert capsys.readouterr().err.startswith("recours: ")


def test_a_mapping_that_up_refuses_is_refused_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    metadata = "    Metadata: { EventSourceMapping: { Stream: s, Group: g, BatchSize: 0 } }\n    Properties:"
    assert run(["template", "check", str(write(tmp_path, GOOD.replace("    Properties:", metadata)))]) == 1
    assert "REFUSED            Metadata.EventSourceMapping: " in capsys.readouterr().out


def test_our_own_template_is_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["template", "check", str(ROOT / "template.yaml")]) == 0
    assert "REFUSED" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "properties",
    [
        "Timeout: 5",
        "Timeout: soon",
        "InlineCode: x",
        "FileSystemConfigs: []",
        "Role: !ImportValue x",
        "Environment: { Variables: { A: !ImportValue a } }",
        "Layers: [arn:aws:lambda:x]",
        "Layers: !Ref Nobody",
        "Events: { E: { Type: S3 } }",
        "Events: [1]",
        "Events: { E: { Type: HttpApi, Properties: { Auth: { Authorizer: X } } } }",
        "CodeUri: nowhere",
        "Runtime: go1.x",
        "PackageType: Image",
    ],
)
def test_check_accepts_what_up_accepts_and_nothing_else(tmp_path: Path, properties: str) -> None:
    resource = f"  F: {{ Type: AWS::Serverless::Function, Properties: {{ {properties} }} }}\n"
    head = "Globals: { Function: { Runtime: python3.13, Handler: app.handler } }\n"
    path = write(tmp_path, f"{head}Resources:\n{resource}")
    try:
        load_template(path, {})
        first = None
    except TemplateError as error:
        first = str(error)
    refused = [one for one in findings_of(read_template(path, {})) if one.verdict == "refused"]
    assert bool(refused) is (first is not None)
    if first is not None:
        assert any(one.name in first and one.text in first for one in refused)


def test_what_becomes_of_asynchronous_events_is_checked_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, GOOD + "      EventInvokeConfig: { MaximumRetryAttempts: 9 }\n")
    assert run(["template", "check", str(path)]) == 1
    assert "EventInvokeConfig.MaximumRetryAttempts: 9 is not between 0 and 2" in capsys.readouterr().out
