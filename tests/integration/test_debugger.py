"""A debugger attaches to a function, whose time stands still meanwhile."""

import asyncio
import json
import os
import socket
from pathlib import Path

from local.runtime.contract import Invocation
from local.runtime.source.environment import SourceEnvironment, SourceEnvironments
from local.template import load_template

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Slow:
    Type: AWS::Serverless::Function
    Properties: { Runtime: python3.13, CodeUri: code, Handler: slow.handler, Timeout: 1 }
"""
CODE = """
import time
def handler(event, context):
    time.sleep(event["sleep"])
    return context.get_remaining_time_in_millis()
"""


def test_a_debugger_can_attach_and_the_timeout_waits_for_it(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/slow.py").write_text(CODE)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    outcome, answer = asyncio.run(attach_and_invoke(tmp_path / "template.yaml", free_port()))
    assert json.loads(outcome) == 1000  # all of it, after a sleep of more
    assert (answer["command"], answer["success"]) == ("initialize", True)


async def attach_and_invoke(template: Path, port: int) -> tuple[bytes, dict[str, object]]:
    function = load_template(template, {}).function("Slow")
    start = SourceEnvironments(template, function, os.environ, debug_port=port)
    environment: SourceEnvironment = start("slow", template.parent / "log")
    try:
        await environment.initialize()
        answer = await say_hello(port)
        outcome = await environment.invoke(Invocation("r-1", b'{"sleep": 1.5}'))
    finally:
        await environment.end(1.0)
    assert not outcome.is_error, outcome.payload
    return outcome.payload, answer


async def say_hello(port: int) -> dict[str, object]:
    """The first exchange of the Debug Adapter Protocol; events before the answer are passed over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = {"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "test"}}
    body = json.dumps(request).encode()
    writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    try:
        async with asyncio.timeout(30):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                message: dict[str, object] = json.loads(await reader.readexactly(int(head.split(b":")[1])))
                if message["type"] == "response":
                    return message
    finally:
        writer.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
