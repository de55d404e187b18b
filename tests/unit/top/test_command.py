"""`./recours top`, as a program that reads its output or a person who has nothing up meets it."""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server

import pytest

from local.cli.main import run
from local.observing.answering import Server, handler_of
from local.observing.history import Recorder
from local.observing.own import own_text
from local.observing.series import Sample
from local.state import ProcessRecord, SystemState, create_time_of, data_directory, write_state
from tests.unit.top.counted import values


@contextmanager
def observing(started: float) -> Iterator[str]:
    """An observer that looked twice, when the system was started and two seconds later; yields its URL."""
    recorder = Recorder(started, 2.0)
    recorder.add(Sample(started, {}))
    recorder.add(Sample(started + 2, values(20)))
    listener = create_server(("127.0.0.1", 0))
    server = Server(listener, handler_of(recorder, own_text))
    serving = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    serving.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def write_system(folder: Path, urls: dict[str, str]) -> None:
    """A system is up there: its supervisor is this process."""
    data = data_directory(folder)
    data.run.mkdir(parents=True)
    created = create_time_of(os.getpid())
    assert created is not None
    gateway = ProcessRecord("gateway", "gateway", os.getpid(), created, 8100, "ready")
    write_state(data, SystemState(os.getpid(), created, "ready", urls, (gateway,)))


def test_nothing_up_is_one_line_that_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["top", "--json", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"recours: nothing is up in {tmp_path}: ./recours up starts it\n"


def test_a_system_without_an_observer_is_said_to_be_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_system(tmp_path, {"gateway": "http://127.0.0.1:8100"})
    assert run(["top", "--once", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("recours: the system that is up has no observer:")


def test_an_observer_that_does_not_answer_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    write_system(tmp_path, {"observer": url})
    assert run(["top", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"recours: the observer at {url} does not tell its history:")


def test_an_observer_that_looks_no_more_is_not_taken_for_a_calm_system(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with observing(started=time.time() - 1000) as url:
        write_system(tmp_path, {"observer": url})
        assert run(["top", "--data", str(tmp_path)]) == 1
    assert "has measured nothing for 300 s: look again" in capsys.readouterr().err


def test_json_and_text_tell_of_the_same_look(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with observing(started=time.time() - 2) as url:
        write_system(tmp_path, {"observer": url})
        assert run(["top", "--json", "--data", str(tmp_path)]) == 0
        told = json.loads(capsys.readouterr().out)
        assert run(["top", "--once", "--data", str(tmp_path)]) == 0
        shown = capsys.readouterr().out
    assert (told["up_seconds"], told["claims"]["created_total"]) == (2, 20)
    assert [process["state"] for process in told["processes"]] == ["ready"]
    assert ["claims", "created", "20", "20"] in [line.split()[:4] for line in shown.splitlines()]
    assert not any(line.endswith(" ") for line in shown.splitlines())


def test_a_picture_is_drawn_where_it_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with observing(started=time.time() - 2) as url:
        write_system(tmp_path, {"observer": url})
        assert run(["top", "--svg", str(tmp_path / "top.svg"), "--data", str(tmp_path)]) == 0
        assert run(["top", "--svg", str(tmp_path / "no" / "top.svg"), "--data", str(tmp_path)]) == 1
    assert (tmp_path / "top.svg").read_text("utf-8").startswith("<svg")
    assert "cannot be written: No such file or directory" in capsys.readouterr().err
