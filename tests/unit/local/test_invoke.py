"""One invocation in a process of its own, as the command line runs it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HANDLER = """
import os, time
def handler(event, context):
    if "sleep" in event:
        time.sleep(event["sleep"])
    return {"echo": event, "colour": os.environ["COLOUR"], "name": context.function_name}
"""
TEMPLATE = """
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: once_under_test.handler
      Timeout: 1
      Environment: { Variables: { COLOUR: blue } }
"""
PROGRAM = """
import json, sys
from pathlib import Path
from local.invoke import invoke_function
from local.template import load_template
function = load_template(Path(sys.argv[1]), {}).function("F")
print(json.dumps(invoke_function(function, json.loads(sys.argv[2]))))
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    (tmp_path / "once_under_test.py").write_text(HANDLER)
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return path


def run(template: Path, event: dict[str, object]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, str(template), json.dumps(event)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


def test_the_answer_goes_out_and_the_report_goes_to_standard_error(template: Path) -> None:
    done = run(template, {"a": 1})
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"echo": {"a": 1}, "colour": "blue", "name": "F"}
    start, end, report = done.stderr.splitlines()
    request_id = start.removeprefix("START RequestId: ").split()[0]
    assert end == f"END RequestId: {request_id}"
    found = re.search(r"Duration: ([\d.]+) ms\tMemory Size: 128 MB\tMax Memory Used: (\d+) MB\tInit Duration", report)
    assert found is not None
    assert float(found[1]) < 1000
    assert int(found[2]) > 5


def test_the_duration_is_the_real_one(template: Path) -> None:
    found = re.search(r"\tDuration: ([\d.]+) ms", run(template, {"sleep": 0.3}).stderr)
    assert found is not None
    assert 300 <= float(found[1]) < 900


def test_a_timeout_ends_the_process_in_lambdas_words(template: Path) -> None:
    done = run(template, {"sleep": 20})
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Task timed out after 1.00 seconds" in done.stderr
    assert "time.sleep" in done.stderr
