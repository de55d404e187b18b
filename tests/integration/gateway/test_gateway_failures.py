"""What a function may do to its environment, and that nobody else suffers from it."""

import os
import signal
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.gateway.gateway_process import Gateway, Trials, eventually, is_gone


def test_a_timeout_is_told_in_lambdas_words_and_disturbs_nobody_else(trials: Trials, gateway: Gateway) -> None:
    with ThreadPoolExecutor(2) as pool:
        other = gateway.asking(pool, "/patient?do=hold&gate=beside-a-timeout")
        trials.await_begun("beside-a-timeout", 1)
        late = gateway.ask("/hasty?do=sleep&s=30", headers={"X-Correlation-ID": "corr-2"})
        assert gateway.ask("/hasty").status == 200
        trials.open("beside-a-timeout")
        assert other.result().status == 200
    assert (late.status, late.json()["detail"]) == (502, "Task timed out after 1.00 seconds")
    assert (late.headers["content-type"], late.json()["correlation_id"]) == ("application/problem+json", "corr-2")
    log = gateway.log("Hasty-1") + gateway.log("Hasty-2")
    assert "Status: timeout" in log
    assert "time.sleep" in log  # where it stood


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("_exit", "Runtime exited with error: exit status 7"),
        ("sys.exit", "Runtime exited with error: exit status 3"),
        ("kill", "Runtime exited with error: signal: killed"),
        ("segfault", "Runtime exited with error: signal: segmentation fault"),
    ],
)
def test_a_process_that_ends_in_the_midst_of_an_invocation_fails_that_one_alone(
    trials: Trials, gateway: Gateway, how: str, words: str
) -> None:
    gate = f"beside-{how}"
    with ThreadPoolExecutor(1) as pool:
        other = gateway.asking(pool, f"/patient?do=hold&gate={gate}")
        trials.await_begun(gate, 1)
        failed = gateway.ask(f"/patient?do=leave&how={how}")
        assert gateway.ask("/patient").status == 200
        trials.open(gate)
        assert other.result().status == 200
    assert (failed.status, failed.json()["detail"]) == (502, "The function failed")
    assert words.encode() not in failed.body
    logs = "".join(gateway.log(name) for name in gateway.records() if name.startswith("Patient"))
    assert words in logs
    assert "Error Type: Runtime.ExitError" in logs


def test_a_warm_environment_that_is_killed_while_idle_comes_back_and_nobody_notices(gateway: Gateway) -> None:
    before = gateway.records()["Hasty-1"]
    victim = int(gateway.ask("/hasty").json()["pid"])  # the one that goes first again
    os.kill(victim, signal.SIGKILL)
    assert eventually(lambda: is_gone(victim), bool)
    meanwhile = gateway.ask("/hasty")
    assert (meanwhile.status, meanwhile.json()["pid"] != victim) == (200, True)
    both = eventually(
        lambda: [one for name, one in gateway.records().items() if name in ("Hasty-1", "Hasty-2")],
        lambda found: [one["state"] for one in found] == ["ready", "ready"] and victim not in _pids(found),
    )
    assert [one["state"] for one in both] == ["ready", "ready"]
    assert victim not in _pids(both)
    assert (before["kind"], before["port"]) == ("service", None)
    assert gateway.ask("/hasty").status == 200


def test_a_function_over_its_memory_is_ended_as_lambda_does_and_the_next_is_served(gateway: Gateway) -> None:
    failed = gateway.ask("/patient?do=leak&s=30")
    assert failed.status == 502
    logs = "".join(gateway.log(name) for name in gateway.records() if name.startswith("Patient"))
    (report,) = [line for line in logs.splitlines() if "Runtime.OutOfMemory" in line]
    assert "Memory Size: 128 MB\tMax Memory Used: 128 MB" in report
    assert "Status: error\tError Type: Runtime.OutOfMemory" in report
    assert "Runtime exited with error: signal: killed" in logs
    assert gateway.ask("/patient").status == 200


def test_what_one_invocation_has_kept_over_the_functions_memory_is_not_the_end_of_the_next(gateway: Gateway) -> None:
    leaky = gateway.ask("/patient?do=leak&s=0")
    if leaky.status == 200:  # it returned before anybody looked
        following = gateway.ask("/patient")
        assert (following.status, following.json()["pid"] != leaky.json()["pid"]) == (200, True)
        assert eventually(lambda: is_gone(leaky.json()["pid"]), bool)
    assert [gateway.ask("/patient").status for _ in range(10)] == [200] * 10


def test_a_client_that_goes_away_harms_nobody_who_comes_after(trials: Trials, gateway: Gateway) -> None:
    client = socket.create_connection(("127.0.0.1", gateway.port))
    client.sendall(b"GET /patient?do=hold&gate=gone HTTP/1.1\r\nHost: x\r\n\r\n")
    (pid,) = trials.await_begun("gone", 1)
    client.close()
    assert gateway.ask("/patient?marker=after").json()["marker"] == "after"
    trials.open("gone")
    assert eventually(lambda: trials.begun("gone"), lambda begun: not begun) == []
    for marker in range(5):
        assert gateway.ask(f"/patient?marker={marker}").json()["marker"] == str(marker)
    assert not is_gone(pid)  # its invocation came to its end, for nobody


def test_a_client_that_goes_away_in_the_midst_of_its_body_is_not_invoked_for(gateway: Gateway) -> None:
    before = gateway.invocations("Patient")
    with socket.create_connection(("127.0.0.1", gateway.port)) as client:
        client.sendall(b"POST /patient?do=body HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of it")
    assert [gateway.ask("/patient").status for _ in range(10)] == [200] * 10
    assert gateway.invocations("Patient") == before + 10


def test_a_handler_that_returns_twice_is_answered_once_and_nobody_gets_anothers_answer(gateway: Gateway) -> None:
    for marker in range(20):
        do = "fork" if marker % 2 else "tell"
        assert gateway.ask(f"/patient?do={do}&marker={marker}").json()["marker"] == str(marker)


def test_a_process_that_a_handler_leaves_behind_ends_with_its_environment(trials: Trials, gateway: Gateway) -> None:
    file = trials.folder / "left.pid"
    failed = gateway.ask(f"/patient?do=leave_a_child&file={file.name}")
    assert (failed.status, failed.json()["detail"]) == (502, "The function failed")
    assert eventually(lambda: is_gone(int(file.read_text())), bool)
    assert gateway.ask("/patient").status == 200


def _pids(records: list[Mapping[str, Any]]) -> list[Any]:
    return [record["pid"] for record in records]
