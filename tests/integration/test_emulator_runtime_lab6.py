"""The simulated Lab 6 as a real process: its dialect, and every fault as a client meets it."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from local.cli.main import run
from local.lab6.control import ControlError, faults_of, set_faults
from local.lab6.customers import make_customer
from local.lab6.faults import Faults
from local.lab6.orders import make_order
from local.paths import DataDirectory
from local.state import ProcessRecord, SystemState, create_time_of, write_state
from tests.integration.emulator_process import end, listening, port_of, start

SEED = 6
PATHS = {"orders": "/api/v1/orders/123", "customers": "/api/v1/customers/12345"}
SLOW_MS = 500
PATIENCE_S = 20.0


class Lab6:
    """Both services on two sockets that outlive them, and a client that keeps connections as a service would."""

    def __init__(self) -> None:
        self.sockets = {"orders": listening(), "customers": listening()}
        self.urls = {name: f"http://127.0.0.1:{port_of(listener)}" for name, listener in self.sockets.items()}
        self.client = httpx.Client(timeout=PATIENCE_S)
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        descriptors = [f"--{name}-fd={listener.fileno()}" for name, listener in self.sockets.items()]
        return start("local.lab6", descriptors, list(self.sockets.values()))

    def get(self, name: str, path: str | None = None) -> httpx.Response:
        return self.client.get(self.urls[name] + (PATHS[name] if path is None else path))

    def be(self, name: str, mode: str, **more: int) -> dict[str, object]:
        answer = self.client.put(f"{self.urls[name]}/_faults", json={"mode": mode, **more})
        assert answer.status_code == 200, answer.text
        body: dict[str, object] = answer.json()
        return body

    def is_well(self, name: str) -> bool:
        return self.get(name).json()["id"] in (123, 12345)

    def close(self) -> None:
        self.client.close()
        assert end(self.process) == 0
        for listener in self.sockets.values():
            listener.close()


@pytest.fixture(scope="module")
def process() -> Iterator[Lab6]:
    running = Lab6()
    yield running
    running.close()


@pytest.fixture
def lab6(process: Lab6) -> Lab6:
    for name in PATHS:
        process.be(name, "up")
    return process


def test_an_order_and_its_customer_are_read_with_integer_ids(lab6: Lab6) -> None:
    order = lab6.get("orders").json()
    assert order == make_order(SEED, 123)
    assert set(order) == {"id", "customer_id", "status", "total_amount", "items", "created_at"}
    assert set(order["items"][0]) == {"product_id", "product_name", "quantity", "unit_price"}
    customer = lab6.get("customers", f"/api/v1/customers/{order['customer_id']}").json()
    assert customer == make_customer(SEED, 12345)
    assert set(customer) == {"id", "nom", "prenom", "email", "telephone", "langue"}


@pytest.mark.parametrize(("name", "total"), [("orders", 50_000), ("customers", 20_000)])
def test_a_list_is_read_page_by_page(lab6: Lab6, name: str, total: int) -> None:
    first = lab6.get(name, f"/api/v1/{name}").json()
    assert {key: first[key] for key in ("total", "limit", "offset")} == {"total": total, "limit": 100, "offset": 0}
    assert [each["id"] for each in first[name]] == list(range(1, 101))
    last = lab6.get(name, f"/api/v1/{name}?limit=3&offset={total - 2}").json()
    assert [each["id"] for each in last[name]] == [total - 1, total]


@pytest.mark.parametrize("text", ["order_123", "1.5", "%20", "9" * 5_000, "١٢٣"])
def test_an_id_that_is_no_integer_is_refused_as_fastapi_does(lab6: Lab6, text: str) -> None:
    refused = lab6.get("orders", f"/api/v1/orders/{text}")
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["path", "order_id"]
    assert refused.json()["detail"][0]["type"] == "int_parsing"


@pytest.mark.parametrize("number", [0, -5, 50_001])
def test_an_order_that_never_was_is_not_found(lab6: Lab6, number: int) -> None:
    missing = lab6.get("orders", f"/api/v1/orders/{number}")
    assert (missing.status_code, missing.json()) == (404, {"detail": f"Order {number} not found"})


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=", "offset=-1", "offset=1e3"])
def test_a_page_out_of_bounds_is_refused_with_the_parameter(lab6: Lab6, query: str) -> None:
    refused = lab6.get("customers", f"/api/v1/customers?{query}")
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["query", query.partition("=")[0]]


@pytest.mark.parametrize("path", ["/", "/api/v1/customers/1", "/api/v1/orders/", "/api/v1/orders/1/items", "/docs"])
def test_what_there_is_not_is_told_in_json(lab6: Lab6, path: str) -> None:
    missing = lab6.get("orders", path)
    assert (missing.status_code, list(missing.json())) == (404, ["detail"])


def test_nobody_writes(lab6: Lab6) -> None:
    refused = lab6.client.post(f"{lab6.urls['orders']}/api/v1/orders", json={"customer_id": 1})
    assert (refused.status_code, refused.json()) == (405, {"detail": "Method Not Allowed"})


def test_health_names_the_service(lab6: Lab6) -> None:
    for name in PATHS:
        assert lab6.get(name, "/health").json() == {"status": "healthy", "service": name}


def is_down(lab6: Lab6, name: str, path: str) -> None:
    with pytest.raises(httpx.TransportError) as failed:
        lab6.get(name, path)
    assert not isinstance(failed.value, httpx.TimeoutException)


def is_slow(lab6: Lab6, name: str, path: str) -> None:
    """It answers, after about so long at least; how much later is the machine's affair."""
    answer = lab6.get(name, path)
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= SLOW_MS / 1000 * 0.9


def is_in_error(lab6: Lab6, name: str, path: str) -> None:
    answer = lab6.get(name, path)
    assert (answer.status_code, answer.json()) == (500, {"detail": "Internal Server Error"})


def is_garbage(lab6: Lab6, name: str, path: str) -> None:
    """Two answers in a row: one is not JSON, the other is, and is not the document."""
    answers = [lab6.get(name, path) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    documents = [json.loads(answer.text) for answer in answers if answer.text.startswith("{")]
    assert [{"id", "status", name}.isdisjoint(document) for document in documents] == [True]


FAULTS: dict[str, Callable[[Lab6, str, str], None]] = {
    "down": is_down,
    "slow": is_slow,
    "error": is_in_error,
    "garbage": is_garbage,
}


@pytest.mark.parametrize("name", list(PATHS))
@pytest.mark.parametrize("mode", list(FAULTS))
def test_a_fault_strikes_one_service_health_included_until_it_is_up_again(lab6: Lab6, name: str, mode: str) -> None:
    (other,) = set(PATHS) - {name}
    assert lab6.is_well(name)
    lab6.be(name, mode, delay_ms=SLOW_MS)
    for path in (PATHS[name], "/health", "/api/v1/nothing"):
        if mode != "slow" or path != "/api/v1/nothing":
            FAULTS[mode](lab6, name, path)
    assert lab6.is_well(other)
    assert lab6.get(name, "/_faults").json() == {"mode": mode, "delay_ms": SLOW_MS}
    assert lab6.be(name, "up") == {"mode": "up", "delay_ms": 3000}
    assert lab6.is_well(name)


def test_a_service_that_is_slow_keeps_nobody_else_waiting(lab6: Lab6) -> None:
    lab6.be("orders", "slow", delay_ms=60_000)
    with pytest.raises(httpx.ReadTimeout):
        lab6.client.get(lab6.urls["orders"] + PATHS["orders"], timeout=0.2)
    lab6.be("orders", "up")
    assert lab6.is_well("orders")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"delay_ms": 5}',
        b'{"mode": "broken"}',
        b'{"mode": "slow", "delay_ms": -1}',
        b'{"mode": "slow", "delay_ms": "5"}',
        b'{"mode": "slow", "delay_ms": 600001}',
        b'{"mode": "slow", "delay": 5}',
    ],
)
def test_a_fault_that_there_is_not_is_refused_and_changes_nothing(lab6: Lab6, body: bytes) -> None:
    lab6.be("orders", "error")
    refused = lab6.client.put(f"{lab6.urls['orders']}/_faults", content=body)
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"][0] == "body"
    assert lab6.get("orders", "/_faults").json()["mode"] == "error"


def test_the_command_tells_and_sets_how_each_service_is(
    lab6: Lab6, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here_since = create_time_of(os.getpid())
    assert here_since is not None
    records = (ProcessRecord("lab6", "service", None, None, None, "ready"),)
    (tmp_path / "run").mkdir()
    write_state(DataDirectory(tmp_path), SystemState(os.getpid(), here_since, "ready", lab6.urls, records))

    def say(*arguments: str) -> str:
        assert run(["lab6", *arguments, "--data", str(tmp_path)]) == 0
        return capsys.readouterr().out

    assert say("down") == "orders down, customers down\n"
    assert say("slow", "orders", "--delay-ms", "250") == "orders slow (250 ms)\n"
    assert say("status") == "orders slow (250 ms), customers down\n"
    assert json.loads(say("status", "--json")) == {
        "orders": {"url": lab6.urls["orders"], "mode": "slow", "delay_ms": 250},
        "customers": {"url": lab6.urls["customers"], "mode": "down", "delay_ms": 3000},
    }
    assert say("up") == "orders up, customers up\n"
    assert lab6.is_well("orders")


def test_control_of_what_is_no_simulated_service_is_an_error(lab6: Lab6) -> None:
    with pytest.raises(ControlError, match="does not answer"):
        faults_of(f"{lab6.urls['orders']}/api/v1")
    set_faults(lab6.urls["orders"], Faults(mode="down"))
    assert faults_of(lab6.urls["orders"]).mode == "down"


def test_it_stops_though_somebody_waits_and_starts_well() -> None:
    lab6 = Lab6()
    try:
        lab6.be("orders", "slow", delay_ms=60_000)
        with pytest.raises(httpx.ReadTimeout):
            lab6.client.get(lab6.urls["orders"] + PATHS["orders"], timeout=0.2)
        assert end(lab6.process) == 0
        lab6.process = lab6.start()
        assert lab6.is_well("orders")
        lab6.be("customers", "error")
        lab6.process.send_signal(signal.SIGKILL)
        lab6.process.wait()
        lab6.process = lab6.start()
        assert lab6.is_well("customers")
    finally:
        lab6.close()
