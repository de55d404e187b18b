"""Start one of the emulator's processes as the supervisor does: with inherited sockets and its variables."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_S_MAX = 20.0

HANDLERS = """
import asyncio, json, os, sys, time
from greet import WORD
def echo(event, context):
    query = event["queryStringParameters"] or {}
    time.sleep(float(query.get("sleep", 0)))
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps({
        "event": event, "pid": os.getpid(), "began_ms": context.get_remaining_time_in_millis(), "word": WORD,
        "name": context.function_name, "variables": dict(os.environ)})}
def fails(event, context):
    raise ValueError("a secret of the inside")
def malformed(event, context):
    return {"statusCode": "hello"}
def exits(event, context):
    sys.exit(3)
def has_its_own_loop(event, context):
    async def answer():
        await asyncio.sleep(0)
        return {"statusCode": 200, "body": "looped"}
    return asyncio.run(answer())
def handler(event, context):
    query = event["queryStringParameters"] or {}
    return globals()[query.get("do", "echo")](event, context)
"""

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  RedisUrl: { Type: String, Default: "redis://127.0.0.1:1" }
  SmsUrl: { Type: String, Default: "http://127.0.0.1:9/sms" }
Globals: { Function: { Runtime: python3.13, CodeUri: ., Timeout: 1 } }
Resources:
  Greet: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: greeting } }
  Echo:
    Type: AWS::Serverless::Function
    Metadata: { Recours: { Service: echo, Port: 9001, BasePath: /echo-service, Environments: 1 } }
    Properties:
      Handler: code.app.handler
      Layers: [!Ref Greet]
      Environment: { Variables: { COLOUR: blue } }
      Events:
        List: { Type: Api, Properties: { Method: GET, Path: "/echo-service/claims" } }
        One: { Type: Api, Properties: { Method: GET, Path: "/echo-service/claims/{claim_id}" } }
        Create: { Type: Api, Properties: { Method: POST, Path: "/echo-service/claims" } }
        Health: { Type: Api, Properties: { Method: GET, Path: "/echo-service/health" } }
""".replace("code.app", "handlers_under_test.app")


def write_project(folder: Path) -> Path:
    """A template with one function and one layer; returns the template's path."""
    package = folder / "handlers_under_test"
    layer = folder / "greeting" / "python" / "greet"
    for directory in (package, layer):
        directory.mkdir(parents=True)
    (package / "app.py").write_text(HANDLERS)
    (layer / "__init__.py").write_text('WORD = "bonjour"\n')
    template = folder / "template.yaml"
    template.write_text(TEMPLATE)
    for module in folder.rglob("*.py"):
        os.utime(module, (0, 0))  # what was saved a moment ago would start the function once more
    return template


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object."""
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value


def listening() -> socket.socket:
    """A listening socket on a free port of this machine."""
    return socket.create_server(("127.0.0.1", 0), backlog=64)


def port_of(listener: socket.socket) -> int:
    """Its port."""
    return int(listener.getsockname()[1])


def start(
    module: str,
    arguments: Sequence[str],
    listeners: Sequence[socket.socket] = (),
    variables: Mapping[str, str] | None = None,
    stderr: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `python -m MODULE` with the sockets inherited."""
    with (stderr or Path(os.devnull)).open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={**os.environ, **(variables or {})},
            pass_fds=[listener.fileno() for listener in listeners],
            stderr=log,
        )


def ask(
    port: int,
    path: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_S_MAX)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def end(process: subprocess.Popen[bytes]) -> int:
    """Ask the process to end and return its exit code; one that does not is killed, and that is a failure."""
    process.terminate()
    try:
        return process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def seconds_since(began_s: float) -> float:
    """Seconds since a `time.monotonic()`."""
    return time.monotonic() - began_s
