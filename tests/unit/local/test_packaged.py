"""How a package is laid out, what runs it, and what it is told: all but the process itself."""

import asyncio
import hashlib
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from local.packaged.command import packaged_command
from local.packaged.errors import PackagedError
from local.packaged.in_use import hold, remove_unused
from local.packaged.layout import Layout, unpack
from local.packaged.pythons import OVERRIDE, look_for_python
from local.packaged.runtime_api import RuntimeApi
from local.packaged.variables import environment_variables
from local.packaged.words import Answers, Asks, CannotStart, Word
from local.packaging.archive import Compressor, write_zip
from local.packaging.entries import Entry
from local.packaging.manifest import Manifest, Package
from local.runtime.contract import Invocation
from local.template import Function

HERE = "{}.{}".format(*sys.version_info[:2])
FUNCTION = Function(
    name="Greet",
    handler="app.handler",
    service="greet",
    port=None,
    base_path="",
    environments=1,
    timeout_s=3,
    memory_mb=256,
    environment={"NAME": "value"},
    layers=(),
    code_uri=Path("/nowhere"),
    routes=(),
    mapping=None,
)


# --- the Python


def program(path: Path, answer: str) -> Path:
    """A program that answers every question with one line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {answer}\n")
    path.chmod(0o755)
    return path


def test_a_python_on_the_path_is_taken_where_it_is_of_that_version(tmp_path: Path) -> None:
    program(tmp_path / "python9.9", "9.9 /real/python9.9")
    assert look_for_python("9.9", {"PATH": str(tmp_path), "HOME": "/"}) == Path("/real/python9.9")


def test_a_shim_for_another_version_is_passed_over_for_pyenvs_newest(tmp_path: Path) -> None:
    program(tmp_path / "shims" / "python9.9", "9.8 /wrong")
    for patch in (9, 10):
        program(tmp_path / f"pyenv/versions/9.9.{patch}/bin/python9.9", f"9.9 /real/{patch}")
    variables = {"PATH": str(tmp_path / "shims"), "PYENV_ROOT": str(tmp_path / "pyenv")}
    assert look_for_python("9.9", variables) == Path("/real/10")
    program(tmp_path / "home/.pyenv/versions/9.9.1/bin/python9.9", "9.9 /real/home")
    assert look_for_python("9.9", {"PATH": "/none", "HOME": str(tmp_path / "home")}) == Path("/real/home")


def test_the_variable_decides_alone_where_it_is_set(tmp_path: Path) -> None:
    program(tmp_path / "python9.9", "9.9 /real")
    mine = program(tmp_path / "mine", "9.9 /mine")
    variables = {"PATH": str(tmp_path), OVERRIDE: str(mine)}
    assert look_for_python("9.9", variables) == Path("/mine")
    with pytest.raises(PackagedError, match=f"{OVERRIDE}: .*mine is no Python 9.8"):
        look_for_python("9.8", variables)


def test_no_python_of_that_version_is_told_with_what_to_do() -> None:
    with pytest.raises(PackagedError, match=rf"need a Python 9\.9 .*{OVERRIDE}"):
        look_for_python("9.9", {"PATH": "/none", "HOME": "/none"})


# --- the layout


def packed(dist: Path, name: str, files: dict[str, str], *layers: str) -> Package:
    entries = {place: Entry(place, text.encode(), "own code") for place, text in files.items()}
    data = write_zip(entries, Compressor())
    dist.mkdir(exist_ok=True)
    (dist / f"{name}.zip").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    package = Package(name, "layer", f"{name}.zip", digest, "", 1, 1, HERE, "x86_64", layers)
    return replace(package, kind="function") if layers else package


def test_layers_lie_over_each_other_in_the_templates_order(tmp_path: Path) -> None:
    one = packed(tmp_path, "One", {"python/a.py": "1", "python/b.py": "1"})
    two = packed(tmp_path, "Two", {"python/b.py": "2"})
    function = packed(tmp_path, "Greet", {"app.py": "pass"}, "One", "Two")
    layout = unpack(Manifest("t", (one, two, function)), function, tmp_path)
    assert (layout.task / "app.py").read_text() == "pass"
    assert [(layout.opt / "python" / name).read_text() for name in ("a.py", "b.py")] == ["1", "2"]
    assert [Path(folder).relative_to(layout.folder) for folder in layout.import_path("3.13")] == [
        Path("task"),
        Path("opt/python/lib/python3.13/site-packages"),
        Path("opt/python"),
    ]


def test_the_same_zips_are_unpacked_once_and_former_ones_go_when_nobody_has_them(tmp_path: Path) -> None:
    layer = packed(tmp_path, "One", {"python/a.py": "1"})
    first = packed(tmp_path, "Greet", {"app.py": "1"}, "One")
    held = unpack(Manifest("t", (layer, first)), first, tmp_path)
    (held.task / "mark").touch()
    assert unpack(Manifest("t", (layer, first)), first, tmp_path) == held
    assert (held.task / "mark").exists()
    left = held.folder.with_name("Greet-" + "0" * 12)
    left.mkdir()
    second = packed(tmp_path, "Greet", {"app.py": "2"}, "One")
    newer = unpack(Manifest("t", (layer, second)), second, tmp_path)
    assert (newer.task / "app.py").read_text() == "2"
    assert held.folder.exists(), "this process holds it"
    assert not left.exists()


def test_a_folder_that_another_process_holds_is_not_removed(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    code = "import sys; from pathlib import Path; from local.packaged.in_use import hold; hold(Path(sys.argv[1])); "
    holder = subprocess.Popen(
        [sys.executable, "-c", code + "print('held', flush=True); sys.stdin.read()", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert remove_unused(folder) is False
        assert folder.exists()
        holder.kill()
    assert remove_unused(folder) is True
    assert not folder.exists()
    hold(folder)  # one that is gone can be held too: who unpacks it does so first


# --- the process


def test_a_packaged_function_sees_lambdas_variables_the_templates_and_no_others(tmp_path: Path) -> None:
    machine = {"HOME": "/home/me", "AWS_PROFILE": "mine", "PYTHONPATH": "/x", "PROMETHEUS_MULTIPROC_DIR": "/metrics"}
    layout = Layout(tmp_path)
    found = environment_variables(FUNCTION, layout, "3.13", tmp_path / "client", "127.0.0.1:9", machine)
    assert found["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:9"
    assert found["LAMBDA_TASK_ROOT"] == str(layout.task)
    assert found["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert found["_HANDLER"] == "app.handler"
    assert (found["NAME"], found["PROMETHEUS_MULTIPROC_DIR"]) == ("value", "/metrics")
    assert not {"HOME", "AWS_PROFILE", "PYTHONPATH"} & set(found)


def test_the_templates_variables_win_over_lambdas(tmp_path: Path) -> None:
    function = replace(FUNCTION, environment={"TZ": "America/Toronto"})
    found = environment_variables(function, Layout(tmp_path), "3.13", tmp_path, "127.0.0.1:9", {})
    assert found["TZ"] == "America/Toronto"


def test_the_process_can_import_the_package_and_the_standard_library_alone(tmp_path: Path) -> None:
    """A stand-in for AWS's client prints what could be imported from where."""
    layout, client = Layout(tmp_path / "layout"), tmp_path / "client"
    script = "import json, sys\nprint(json.dumps([sys.path, sys.argv, sys.flags.no_site, callable(exit)]))"
    (client / "awslambdaric").mkdir(parents=True)
    (client / "awslambdaric" / "__main__.py").write_text(script)
    layout.task.mkdir(parents=True)
    command = packaged_command(Path(sys.executable), HERE, layout, client, "app.handler")
    ended = subprocess.run(command, check=True, capture_output=True, cwd=layout.task, env={"PYTHONPATH": os.getcwd()})
    path, arguments, no_site, has_exit = json.loads(ended.stdout)
    assert path[:4] == [*layout.import_path(HERE), str(client)]
    assert not [folder for folder in path if "site-packages" in folder and not folder.startswith(str(layout.opt))]
    assert os.getcwd() not in path
    assert "" not in path
    assert (arguments[1:], no_site, has_exit) == (["app.handler"], 1, True)


# --- the Runtime API


def test_an_invocation_goes_out_and_its_answer_comes_back() -> None:
    async def scenario(api: RuntimeApi, client: "Client") -> None:
        asking = asyncio.create_task(client.request("GET", "/2018-06-01/runtime/invocation/next"))
        assert await api.words.get() == Asks()
        assert not asking.done()
        api.give(Invocation("r-1", b'{"a": 1}', client_context='{"custom":\n{"é": 1}}'.encode()))
        status, headers, body = await asking
        assert (status, body) == (200, b'{"a": 1}')
        assert headers["lambda-runtime-aws-request-id"] == "r-1"
        assert headers["lambda-runtime-invoked-function-arn"].endswith(":function:Greet")
        assert json.loads(headers["lambda-runtime-client-context"]) == {"custom": {"é": 1}}
        assert headers["lambda-runtime-deadline-ms"].isdigit()
        assert headers["lambda-runtime-trace-id"].startswith("Root=1-")
        assert await client.post("invocation/r-1/response", b"[1]") == 202
        assert await api.words.get() == Answers("r-1", b"[1]")

    run(scenario)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("invocation/r-1/error", Answers("r-1", b'{"errorType": "ValueError"}', "ValueError")),
        ("init/error", CannotStart(b'{"errorType": "ValueError"}', "ValueError")),
    ],
)
def test_an_error_is_told_by_its_name(place: str, expected: Word) -> None:
    async def scenario(api: RuntimeApi, client: "Client") -> None:
        assert await client.post(place, b'{"errorType": "ValueError"}') == 202
        assert await api.words.get() == expected

    run(scenario)


def test_an_error_without_a_name_is_an_error_all_the_same() -> None:
    async def scenario(api: RuntimeApi, client: "Client") -> None:
        await client.post("invocation/r-1/error", b"not json")
        assert await api.words.get() == Answers("r-1", b"not json", "Runtime.UnknownReason")
        await client.post("init/error", b"{}", {"Lambda-Runtime-Function-Error-Type": "Runtime.Own"})
        assert await api.words.get() == CannotStart(b"{}", "Runtime.Own")

    run(scenario)


def test_another_path_is_not_found() -> None:
    async def scenario(api: RuntimeApi, client: "Client") -> None:
        assert await client.post("nonsense", b"") == 404
        status, _, _ = await client.request("GET", "/2018-06-01/runtime/init/error")
        assert status == 404
        assert api.words.empty()

    run(scenario)


class Client:
    """Blocking, as the runtime interface client is, and so in a thread."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=30)

    async def post(self, place: str, body: bytes, headers: dict[str, str] | None = None) -> int:
        status, _, _ = await self.request("POST", f"/2018-06-01/runtime/{place}", body, headers)
        return status

    async def request(
        self, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        def blocking() -> tuple[int, dict[str, str], bytes]:
            self._connection.request(method, target, body, headers or {})
            answer = self._connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

        return await asyncio.to_thread(blocking)

    def close(self) -> None:
        self._connection.close()


def run(scenario: Callable[[RuntimeApi, Client], Awaitable[None]]) -> None:
    async def main() -> None:
        api = RuntimeApi("Greet", timeout_s=3)
        client = Client(api.address)
        await api.open()
        try:
            await scenario(api, client)
        finally:
            client.close()
            api.close()

    asyncio.run(main())
