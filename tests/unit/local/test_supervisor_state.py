import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from local.paths import DataDirectory
from local.state import (
    ProcessRecord,
    SystemState,
    create_time_of,
    end_orphans,
    is_same_process,
    orphans,
    read_state,
    running_state,
    write_state,
)


@pytest.fixture
def data(tmp_path: Path) -> DataDirectory:
    directory = DataDirectory(tmp_path)
    directory.run.mkdir()
    return directory


def own_time() -> float:
    started = create_time_of(os.getpid())
    assert started is not None
    return started


def test_what_was_written_is_read_and_only_its_owner_reads_it(data: DataDirectory) -> None:
    record = ProcessRecord("claims-1", "service", os.getpid(), own_time(), 8101, "ready", restarts=3)
    state = SystemState(os.getpid(), own_time(), "ready", {"claims": "http://x"}, (record,))
    write_state(data, state)
    assert read_state(data) == state
    assert data.state_file.stat().st_mode & 0o777 == 0o600
    assert list(data.run.iterdir()) == [data.state_file]


def test_a_pid_that_another_process_has_now_is_not_ours(data: DataDirectory) -> None:
    assert is_same_process(os.getpid(), own_time())
    assert not is_same_process(os.getpid(), own_time() - 100)
    write_state(data, SystemState(os.getpid(), own_time() - 100, "ready"))
    assert running_state(data) is None


def test_a_zombie_is_not_running() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = create_time_of(child.pid)
    assert started is not None
    assert is_same_process(child.pid, started)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet reaped
    assert not is_same_process(child.pid, started)
    child.communicate()


def test_no_state_and_an_unreadable_one_are_nothing(data: DataDirectory, capsys: pytest.CaptureFixture[str]) -> None:
    assert read_state(data) is None
    data.state_file.write_text('{"pid": 1}')
    assert read_state(data) is None
    assert "not readable" in capsys.readouterr().err


def test_the_gateways_environments_are_listed_behind_the_supervisors_processes(data: DataDirectory) -> None:
    gateway = ProcessRecord("gateway", "gateway", 1, 0.0, 8100, "ready")
    environment = ProcessRecord("claims-1", "service", os.getpid(), own_time(), 8101, "ready", restarts=2)
    write_state(data, SystemState(os.getpid(), own_time(), "ready", processes=(gateway,)))
    data.environments_file.write_text(json.dumps({"pid": 1, "processes": [asdict(environment)]}))
    state = read_state(data)
    assert state is not None
    assert state.processes == (gateway, environment)


def test_unreadable_environments_hide_nothing_else(data: DataDirectory, capsys: pytest.CaptureFixture[str]) -> None:
    state = SystemState(os.getpid(), own_time(), "ready")
    write_state(data, state)
    data.environments_file.write_text('{"pid": 1, "processes": [{"name"')
    assert read_state(data) == state
    assert "not readable" in capsys.readouterr().err


def test_what_outlived_its_supervisor_is_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    record = ProcessRecord("claims-1", "service", child.pid, create_time_of(child.pid), 8101, "ready")
    state = SystemState(1, 0.0, "ready", processes=(record,))
    found = orphans(state)
    assert [process.pid for process in found] == [child.pid]
    end_orphans(found)
    child.wait(5)
    assert orphans(state) == []
