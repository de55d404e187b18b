"""A small system of its own for the tests of `up`: one service of two environments, a poller and a schedule."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:  # what it declares is what is started
  RedisUrl: { Type: String }
  MongoUrl: { Type: String }
  PostgresUrl: { Type: String }
  SmtpUrl: { Type: String }
  OrderServiceUrl: { Type: String }
Globals:
  Function: { Runtime: python3.13, CodeUri: ., Timeout: 10 }
Resources:
  HelloFunction:
    Type: AWS::Serverless::Function
    Metadata:
      Recours: { Service: hello, Port: @PORT@, BasePath: /hello-service, Environments: 2 }
    Properties:
      Handler: hello.handler
      Environment: { Variables: { REDIS_URL: !Ref RedisUrl } }
      Events:
        Health: { Type: Api, Properties: { Method: GET, Path: /hello-service/health } }
  HelloSubscriber:
    Type: AWS::Serverless::Function
    Metadata:
      Recours: { Service: hello, Port: @PORT@, BasePath: /hello-service, Environments: 1 }
      EventSourceMapping:
        { Stream: events:all, Group: hello-service, StartingPosition: TRIM_HORIZON, BatchSize: 10 }
    Properties:
      Handler: hello.on_batch
  HelloSweeper:
    Type: AWS::Serverless::Function
    Metadata:
      Recours: { Service: hello, Port: @PORT@, BasePath: /hello-service, Environments: 1 }
    Properties:
      Handler: hello.handler
      Events:
        Sweep: { Type: Schedule, Properties: { Schedule: rate(1 day) } }
"""

CODE = """
import json, os

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps({"pid": os.getpid(), "redis_url": os.environ["REDIS_URL"]})}

def on_batch(event, context):
    return {"batchItemFailures": []}
"""


@dataclass(frozen=True)
class Finished:
    """A command that ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class System:
    """A data directory, and the commands that say `--data` with it."""

    data: Path
    template: Path

    def run(self, *arguments: str, **options: object) -> Finished:
        """Run `./recours ARGUMENTS --data DIR` without the bootstrap."""
        command = [*self.command(*arguments)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, **options)  # type: ignore[call-overload]
        return Finished(done.returncode, done.stdout, done.stderr)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "local", *arguments, "--data", str(self.data)]

    def up(self, *arguments: str) -> Finished:
        return self.run("up", "--detach", "--ports", "free", "--template", str(self.template), *arguments)

    def status(self) -> dict[str, dict[str, object]]:
        """Return what `status --json` says, by name."""
        return {record["name"]: record for record in json.loads(self.run("status", "--json").out)}

    def pids(self) -> list[int]:
        """Return the supervisor's pid and everybody else's, as the state file has them."""
        state = json.loads((self.data / "run" / "state.json").read_text())
        return [state["pid"], *(record["pid"] for record in state["processes"] if record["pid"])]

    def port(self, name: str) -> int:
        port = self.status()[name]["port"]
        assert isinstance(port, int)
        return port


def make_system(directory: Path, *, port: int = 0, code: str = CODE) -> System:
    """Write the template and its function. `port` is the service's in the template; tests mostly ask for free ones."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "hello.py").write_text(code)
    os.utime(directory / "hello.py", (0, 0))  # what was saved a moment ago would start the function once more
    (directory / "template.yaml").write_text(TEMPLATE.replace("@PORT@", str(port or 18_199)))
    return System(directory / "data", directory / "template.yaml")


def alive(pids: list[int]) -> list[int]:
    """Return those that still run; a zombie does not, it only waits for its new parent to look."""
    return [pid for pid in pids if _runs(pid)]


def until(holds: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Wait until it holds; return whether it did in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
