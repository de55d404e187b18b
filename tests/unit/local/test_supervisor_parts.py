import os
import socket
from pathlib import Path

import pytest

from local.paths import DataDirectory
from local.supervisor.errors import StartError
from local.supervisor.external import check_reachable, missing_urls
from local.supervisor.lock import AlreadyUpError, take_lock
from local.supervisor.logs import LOG_BYTES_MAX, last_lines, open_log
from local.supervisor.options import Options
from local.supervisor.progress import Progress
from local.supervisor.sockets import listen_on, port_of


def test_a_log_is_appended_to(tmp_path: Path) -> None:
    for line in (b"first\n", b"second\n"):
        with open_log(tmp_path / "logs" / "a.log") as log:
            log.write(line)
    assert last_lines(tmp_path / "logs" / "a.log") == ["first", "second"]


def test_a_large_log_is_set_aside_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(b"x" * (LOG_BYTES_MAX + 1))
    open_log(file).close()
    assert file.stat().st_size == 0
    assert (tmp_path / "a.log.1").stat().st_size == LOG_BYTES_MAX + 1


def test_the_end_of_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "nothing.log") == []


def test_only_one_has_a_data_directory_until_it_lets_go(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    first = take_lock(data)
    with pytest.raises(AlreadyUpError):
        take_lock(data)
    os.close(first)
    os.close(take_lock(data))


def test_a_taken_port_is_refused_with_its_purpose_and_its_holder() -> None:
    with listen_on(0, "claims") as taken, pytest.raises(StartError) as refused:
        listen_on(port_of(taken), "claims")
    assert f"port {port_of_text(refused)} (claims) is taken by pid {os.getpid()}" in str(refused.value)


def port_of_text(refused: pytest.ExceptionInfo[StartError]) -> str:
    return str(refused.value).split()[1]


def test_a_connection_waits_at_a_socket_that_nobody_accepts_on_yet() -> None:
    with listen_on(0, "claims") as listener, socket.create_connection(("127.0.0.1", port_of(listener)), 1) as client:
        accepted, _ = listener.accept()
        with accepted:
            accepted.sendall(b"late")
        assert client.recv(4) == b"late"


def test_missing_addresses_of_external_servers_are_all_named() -> None:
    assert missing_urls({"MONGO_URL": "mongodb://x", "REDIS_URL": ""}) == ["REDIS_URL", "POSTGRES_URL"]


def test_an_external_server_that_answers_is_fine_and_one_that_does_not_is_named() -> None:
    listener = listen_on(0, "redis")
    port = port_of(listener)
    check_reachable("REDIS_URL", f"redis://127.0.0.1:{port}/0")
    listener.close()
    with pytest.raises(StartError, match=f"REDIS_URL: nothing answers at 127.0.0.1:{port}"):
        check_reachable("REDIS_URL", f"redis://127.0.0.1:{port}/0")


def test_an_address_that_only_its_driver_can_look_up_is_left_to_it() -> None:
    check_reachable("MONGO_URL", "mongodb+srv://cluster.invalid/")
    check_reachable("MONGO_URL", "mongodb://a.invalid:1,b.invalid:2/")


def test_progress_survives_the_pipe() -> None:
    progress = Progress("failed", "claims-1", "two\nlines: é")
    assert Progress.from_json(progress.to_json()) == progress


def test_options_become_the_arguments_that_mean_the_same() -> None:
    options = Options(DataDirectory(Path("/d")), Path("/t.yaml"), "free", external=True)
    assert options.to_arguments() == ["--data", "/d", "--template", "/t.yaml", "--ports", "free", "--external"]
