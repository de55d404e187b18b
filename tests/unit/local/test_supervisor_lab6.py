"""Where the system looks for the order and customer services: simulated, given, or nowhere."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cli.invoke import URL_PARAMETERS, parameters
from local.paths import DataDirectory
from local.supervisor.errors import StartError
from local.supervisor.lab6 import VARIABLES, given_urls, lab6_urls
from local.supervisor.listeners import Listeners, open_listeners
from local.supervisor.options import Options
from local.supervisor.plan import NOBODY, ORDERS_PORT, Urls, child_environment
from local.supervisor.planning import lab6_plans, shown_urls
from local.supervisor.sockets import port_of
from local.supervisor.system import simulates_lab6
from local.supervisor.urls import url_lines
from local.template import Function, Route, Template

GIVEN = {"ORDER_SERVICE_URL": "http://lab6.example:8007/", "CUSTOMER_SERVICE_URL": "https://lab6.example/customers"}
SERVERS = ("redis://r", "mongodb://m", "postgresql://p", "smtp://s", "http://127.0.0.1:8025/sms")


def template(*services: str) -> Template:
    functions = [
        Function(
            name=service,
            handler="module.handler",
            service=service,
            port=None,
            base_path="",
            environments=1,
            timeout_s=3,
            memory_mb=128,
            environment={},
            layers=(),
            code_uri=Path(),
            routes=(Route("GET", "/health"),),
            mapping=None,
        )
        for service in services
    ]
    return Template(Path("template.yaml"), "", tuple(functions), ())


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def listeners() -> Iterator[Listeners]:
    """Those of a system that simulates Lab 6."""
    opened = open_listeners(template("claims"), "free", mail=True, lab6=True)
    yield opened
    opened.close()


@pytest.fixture
def without() -> Iterator[Listeners]:
    """Those of a system that does not."""
    opened = open_listeners(template("claims"), "free", mail=True, lab6=False)
    yield opened
    opened.close()


def test_one_process_serves_both_services_on_sockets_that_the_supervisor_holds(listeners: Listeners) -> None:
    assert listeners.lab6 is not None
    orders, customers = listeners.lab6.orders, listeners.lab6.customers
    (plan,) = lab6_plans(listeners)
    assert (plan.name, plan.kind, plan.port) == ("lab6", "service", port_of(orders))
    assert plan.pass_fds == (orders.fileno(), customers.fileno())
    assert plan.command[-4:] == ("--orders-fd", str(orders.fileno()), "--customers-fd", str(customers.fileno()))


def test_both_are_shown_where_a_person_may_open_them(listeners: Listeners) -> None:
    assert listeners.lab6 is not None
    orders, customers = lab6_urls(listeners.lab6)
    shown = shown_urls(listeners, Urls(*SERVERS, orders, customers))
    assert shown["orders"] == f"http://127.0.0.1:{port_of(listeners.lab6.orders)}"
    assert shown["customers"] == f"http://127.0.0.1:{port_of(listeners.lab6.customers)}"


def test_without_lab6_nothing_is_bound_started_or_shown_and_nobody_is_asked(without: Listeners) -> None:
    assert without.lab6 is None
    assert lab6_plans(without) == []
    assert lab6_urls(without.lab6) == (NOBODY, NOBODY)
    assert {"orders", "customers"}.isdisjoint(shown_urls(without, Urls(*SERVERS)))


def test_nobody_listens_where_nobody_is_asked() -> None:
    port = int(NOBODY.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)


def test_where_the_environment_says_where_they_are_those_are_asked(without: Listeners) -> None:
    found = ("http://lab6.example:8007", "https://lab6.example/customers")
    assert given_urls(GIVEN) == found
    assert lab6_urls(None, GIVEN) == found
    assert shown_urls(without, Urls(*SERVERS, *found))["orders"] == "http://lab6.example:8007"


def test_lab6_is_simulated_unless_it_is_left_out_or_given(monkeypatch: pytest.MonkeyPatch) -> None:
    data, path = DataDirectory(Path("/d")), Path("/t.yaml")
    assert simulates_lab6(Options(data, path))
    assert not simulates_lab6(Options(data, path, lab6=False))
    for name, url in GIVEN.items():
        monkeypatch.setenv(name, url)
    assert not simulates_lab6(Options(data, path))


def test_half_of_an_environment_stops_a_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDER_SERVICE_URL", GIVEN["ORDER_SERVICE_URL"])
    for lab6 in (True, False):
        with pytest.raises(StartError, match="CUSTOMER_SERVICE_URL is needed too"):
            simulates_lab6(Options(DataDirectory(Path("/d")), Path("/t.yaml"), lab6=lab6))


def test_a_detached_supervisor_is_told_to_leave_it_out() -> None:
    data, path = DataDirectory(Path("/d")), Path("/t.yaml")
    assert "--no-lab6" in Options(data, path, lab6=False).to_arguments()
    assert "--no-lab6" not in Options(data, path).to_arguments()


def test_who_has_lab6_on_its_port_learns_how_to_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def listen_on(port: int, purpose: str) -> socket.socket:
        if port == ORDERS_PORT:
            raise StartError(f"port {port} ({purpose}) is taken by pid 1: stop that, or start with --ports free")
        return socket.create_server(("127.0.0.1", 0))

    monkeypatch.setattr("local.supervisor.listeners.listen_on", listen_on)
    with pytest.raises(StartError) as refused:
        open_listeners(template("claims"), "fixed", mail=False, lab6=True)
    assert f"port {ORDERS_PORT} (simulated orders) is taken by pid 1" in str(refused.value)
    assert "--no-lab6, or with ORDER_SERVICE_URL and CUSTOMER_SERVICE_URL set" in str(refused.value)
    open_listeners(template("claims"), "fixed", mail=False, lab6=False).close()


def test_functions_are_told_all_three_addresses(listeners: Listeners) -> None:
    urls = Urls(*SERVERS, *lab6_urls(listeners.lab6), claims="http://127.0.0.1:8101")
    told = json.loads(
        child_environment(DataDirectory(Path("/d")), "integration", urls.as_parameters())["RECOURS_PARAMETERS"]
    )
    shown = shown_urls(listeners, urls)
    assert (told["OrderServiceUrl"], told["CustomerServiceUrl"]) == (shown["orders"], shown["customers"])
    assert told["ClaimsUrl"] == "http://127.0.0.1:8101"


def test_invoke_gives_the_addresses_of_the_running_system() -> None:
    urls = {"redis": "redis://r", "mongo": "mongodb://m", "postgres": "postgresql://p", "smtp": "smtp://s"}
    running = {**urls, "mail": "http://m", "orders": "http://o", "customers": "http://c", "claims": "http://k"}
    given = parameters(running)
    assert [given[name] for name in ("OrderServiceUrl", "CustomerServiceUrl", "ClaimsUrl")] == [
        "http://o", "http://c", "http://k",
    ]  # fmt: skip
    given = parameters({**urls, "mail": "http://m"})
    assert [given[name] for name in ("OrderServiceUrl", "CustomerServiceUrl", "ClaimsUrl")] == [NOBODY, NOBODY, ""]


def test_every_parameter_that_a_system_gives_is_known_before_one_runs() -> None:
    assert set(URL_PARAMETERS) == set(Urls(*SERVERS).as_parameters())


def test_somebody_elses_password_is_never_printed() -> None:
    lines = url_lines({"orders": "http://ann:s3cret@lab6.example", "redis": "redis://:ours@127.0.0.1"}, masked=False)
    assert "s3cret" not in lines
    assert "ours" in lines
