import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local.servers.leash import leash
from local.servers.ports import free_port
from local.servers.probes import mongo_answers, postgres_answers, valkey_answers
from local.servers.spec import server_environment


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A server that gives one answer to whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_a_free_port_can_be_bound_and_is_not_one_of_outgoing_connections() -> None:
    ports = {free_port() for _ in range(20)}
    assert len(ports) > 1
    assert max(ports) < 49_152
    with socket.create_server(("127.0.0.1", ports.pop())):
        pass


@pytest.mark.parametrize(("answer", "ready"), [(b"+PONG\r\n", True), (b"-LOADING dataset\r\n", False)])
def test_valkey_answers_once_it_has_loaded_its_file(answer: bytes, ready: bool) -> None:
    with answering(answer) as port:
        assert valkey_answers(port) is ready


@pytest.mark.parametrize(("answer", "ready"), [(b"R\0\0\0\x08", True), (b"E...57P03", False)])
def test_postgres_answers_once_it_asks_for_the_password(answer: bytes, ready: bool) -> None:
    with answering(answer) as port:
        assert postgres_answers(port, "recours", "recours") is ready


def test_nobody_at_the_port_is_not_an_answer() -> None:
    port = free_port()
    assert not valkey_answers(port)
    assert not postgres_answers(port, "recours", "recours")
    assert not mongo_answers(port)


def test_the_servers_do_not_see_what_would_configure_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATA", "/somewhere/else")
    monkeypatch.setenv("LC_ALL", "fr_CA.UTF-8")
    monkeypatch.setenv("TZ", "America/Montreal")
    environment = server_environment()
    assert "PGDATA" not in environment
    assert (environment["LC_ALL"], environment["TZ"]) == ("C", "UTC")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the leash")
def test_a_child_on_the_leash_gets_the_signal_when_its_parent_is_killed() -> None:
    script = (
        "import subprocess, sys, time\n"
        "from local.servers.leash import leash\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], preexec_fn=leash())\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    import psutil

    def runs() -> bool:
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    for _ in range(100):
        if not runs():
            break
        threading.Event().wait(0.05)
    assert not runs()


def test_the_leash_is_harmless_where_the_parent_lives() -> None:
    done = subprocess.run([sys.executable, "-c", ""], preexec_fn=leash(signal.SIGTERM), check=False)
    assert done.returncode == 0
