"""The Lambda API over real functions, served on a port of its own by a thread of the test."""

import asyncio
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from local.apigateway.answers import send_answer
from local.apigateway.requests import Receive, Scope, Send, read_request
from local.apigateway.router import WrongMethodError
from local.invokeapi.api import InvokeApi
from local.invokeapi.asynchronous.delays import Delays
from local.invokeapi.asynchronous.queue import AsynchronousInvocations
from local.runtime.limits import limits_of
from local.runtime.places import places_of
from local.runtime.service import FunctionService
from local.runtime.source.environment import SourceEnvironments
from local.template import Template, load_template

START_S_MAX = 30.0
SHORT = Delays(after_error_s=(0.02, 0.02), postponed_s_min=0.02, postponed_s_max=0.1)

HANDLERS = """
import os, time
def echo(event, context):
    print("said by the function")
    client = context.client_context
    return {"event": event, "request_id": context.aws_request_id, "custom": client.custom if client else None}
def fails(event, context):
    raise ValueError("an accented é")
def sleeps(event, context):
    time.sleep(30)
def notes(event, context):
    with open(os.environ["NOTES"], "a") as file:
        file.write(event["note"] + " ")
    if event.get("fails"):
        raise ValueError("no")
    return "noted"
"""
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: { Notes: { Type: String } }
Globals: { Function: { Runtime: python3.13, CodeUri: ., Timeout: 10 } }
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties: { Handler: handlers_under_test.echo, FunctionName: echo-live, Description: Says it again }
  Fails: { Type: AWS::Serverless::Function, Properties: { Handler: handlers_under_test.fails } }
  Sleeps: { Type: AWS::Serverless::Function, Properties: { Handler: handlers_under_test.sleeps, Timeout: 1 } }
  Missing: { Type: AWS::Serverless::Function, Properties: { Handler: handlers_under_test.missing } }
  Never:
    Type: AWS::Serverless::Function
    Properties: { Handler: handlers_under_test.echo, ReservedConcurrentExecutions: 0 }
  Notes:
    Type: AWS::Serverless::Function
    Properties: { Handler: handlers_under_test.notes, Environment: { Variables: { NOTES: !Ref Notes } } }
"""


def write_project(folder: Path) -> Path:
    """A template and its functions; returns the template's path."""
    (folder / "handlers_under_test.py").write_text(HANDLERS)
    template = folder / "template.yaml"
    template.write_text(TEMPLATE.replace("{ Type: String }", f'{{ Type: String, Default: "{folder / "notes"}" }}'))
    return template


@contextmanager
def serving(folder: Path, written: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Serve the Lambda API of a project in `folder`; gives its URL."""
    path = write_project(folder)
    listener = socket.create_server(("127.0.0.1", 0))
    ready, stop = threading.Event(), threading.Event()
    main = _serve(path, load_template(path, {}), written, listener, ready, stop)
    thread = threading.Thread(target=lambda: asyncio.run(main))
    thread.start()
    try:
        assert ready.wait(START_S_MAX), "the server did not start"
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stop.set()
        thread.join()


async def _serve(
    path: Path,
    template: Template,
    written: Mapping[str, Mapping[str, object]],
    listener: socket.socket,
    ready: threading.Event,
    stop: threading.Event,
) -> None:
    functions = _functions(path, template)
    await functions.start()
    queue = AsynchronousInvocations(path.parent / "asynchronous", template, functions, written, delays=SHORT)
    queue.start()
    server = uvicorn.Server(uvicorn.Config(_application(InvokeApi(template, functions, queue)), log_level="error"))
    serving = asyncio.create_task(server.serve([listener]))
    ready.set()
    while not stop.is_set():
        await asyncio.sleep(0.02)
    server.should_exit = True
    await serving
    await queue.close(1.0)
    await functions.close(0.5)


def _functions(path: Path, template: Template) -> FunctionService:
    return FunctionService(
        template.functions,
        lambda function: SourceEnvironments(path, function, os.environ),
        lambda function: limits_of(function, warm=0),
        places_of(template.functions, path.parent),
        lambda: None,
    )


def _application(api: InvokeApi) -> "uvicorn._types.ASGIApplication":
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            answer = await api.answer(await read_request(scope, receive))
        except WrongMethodError:
            answer = None
        assert answer is not None, scope["path"]
        await send_answer(answer, send)

    return application  # type: ignore[return-value]  # the same, by our own names
