"""`invoke` where nothing is up: empty stores that go away again."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from local.paths import ROOT
from tests.system import recours_command

EVENTS = ROOT / "events"


def invoke(function: str, event: Path, data: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    command = recours_command("invoke", function, "--event", str(event), "--data", str(data), *more)
    scratch = data / "scratch"
    scratch.mkdir()
    environment = os.environ | {"TMPDIR": str(scratch)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert list(scratch.iterdir()) == []
    return done


def answer_of(done: "subprocess.CompletedProcess[str]") -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_subscriber_does_its_whole_work_and_leaves_nothing(tmp_path: Path) -> None:
    done = invoke("NotificationSubscriber", EVENTS / "streams" / "NotificationSubscriber.json", tmp_path)
    assert answer_of(done) == {"batchItemFailures": []}
    assert done.stderr.count("notification sent") == 5
    assert "scratch stores" in done.stderr


def test_a_command_is_answered_without_a_running_system(tmp_path: Path) -> None:
    answer = answer_of(invoke("ClaimsFunction", EVENTS / "http" / "claims" / "CreateClaim.json", tmp_path))
    assert answer["statusCode"] == 201
    assert json.loads(answer["body"])["position"] == 1


def test_live_needs_a_running_system(tmp_path: Path) -> None:
    done = invoke("AuditSubscriber", EVENTS / "streams" / "AuditSubscriber.json", tmp_path, "--live")
    assert done.returncode == 1
    assert "./recours up" in done.stderr
