"""Which processes a template asks for. Pure: nothing is started or bound here."""

import json
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.paths import DataDirectory
from local.servers.spec import Account
from local.state import Kind
from local.supervisor.probes import WaitReady
from local.template import Function, Template

GATEWAY_PORT, SMTP_PORT, MAIL_HTTP_PORT = 8100, 1025, 8025
ORDERS_PORT, CUSTOMERS_PORT = 8007, 8005
NOBODY = "http://127.0.0.1:9"  # the discard service's port, where nothing listens


@dataclass(frozen=True)
class ProcessPlan:
    """One process to be kept running.

    `wait_ready` is given the pid and returns once the process answers; it is cancelled when the process dies first.
    `environment` is added to ours. `pass_fds` are descriptors that the process inherits.
    """

    name: str
    kind: Kind
    command: tuple[str, ...]
    wait_ready: WaitReady
    port: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    pass_fds: tuple[int, ...] = ()
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL


@dataclass(frozen=True)
class Urls:
    """Where the servers, the mail catcher, Lab 6 and our own claims service answer.

    `orders`, `customers`: by default nobody's. `claims`: empty where a template has no such service.
    """

    redis: str
    mongo: str
    postgres: str
    smtp: str
    sms: str
    orders: str = NOBODY
    customers: str = NOBODY
    claims: str = ""

    def as_parameters(self) -> dict[str, str]:
        """Return them as values of the template's parameters."""
        return {
            "RedisUrl": self.redis,
            "MongoUrl": self.mongo,
            "PostgresUrl": self.postgres,
            "SmtpUrl": self.smtp,
            "SmsUrl": self.sms,
            "OrderServiceUrl": self.orders,
            "CustomerServiceUrl": self.customers,
            "ClaimsUrl": self.claims,
        }


def http_functions(template: Template) -> list[Function]:
    """Return the functions that answer HTTP, in the template's order."""
    return [function for function in template.functions if function.routes]


def stream_functions(template: Template) -> list[Function]:
    """Return the functions that a poller invokes, in the template's order."""
    return [function for function in template.functions if function.mapping is not None]


def scheduled_functions(template: Template) -> list[Function]:
    """Return the functions that are invoked by the clock, in the template's order."""
    return [function for function in template.functions if function.schedules]


def service_ports(template: Template) -> dict[str, int]:
    """Return the port that the template gives to each service that answers HTTP; 0 where it gives none."""
    return {function.service: function.port or 0 for function in http_functions(template)}


def process_names(functions: list[Function]) -> list[tuple[str, Function]]:
    """Name every execution environment: the service alone where it has one, else numbered (`claims-1`, `claims-2`)."""
    total: Counter[str] = Counter()
    for function in functions:
        total[function.service] += function.environments
    seen: Counter[str] = Counter()
    named = []
    for function in functions:
        for _ in range(function.environments):
            seen[function.service] += 1
            number = f"-{seen[function.service]}" if total[function.service] > 1 else ""
            named.append((f"{function.service}{number}", function))
    return named


def poller_names(functions: list[Function]) -> list[tuple[str, Function]]:
    """Name every poller: `<service>-poller`, numbered where a service has several."""
    return _names(functions, "poller")


def schedule_names(functions: list[Function]) -> list[tuple[str, Function]]:
    """Name every process that keeps schedules: `<service>-schedule`, numbered where a service has several."""
    return _names(functions, "schedule")


def _names(functions: list[Function], role: str) -> list[tuple[str, Function]]:
    total = Counter(function.service for function in functions)
    seen: Counter[str] = Counter()
    named = []
    for function in functions:
        seen[function.service] += 1
        number = f"-{seen[function.service]}" if total[function.service] > 1 else ""
        named.append((f"{function.service}-{role}{number}", function))
    return named


def child_environment(data: DataDirectory, service: str, urls: Urls) -> dict[str, str]:
    """Return what is added to our environment for a process of `service`."""
    return {
        "RECOURS_PARAMETERS": json.dumps(urls.as_parameters()),
        "PROMETHEUS_MULTIPROC_DIR": str(data.metrics(service)),
    }


def gateway_environment(ports: Mapping[str, int]) -> dict[str, str]:
    """Return what the gateway's environment has more: where each service listens."""
    return {"RECOURS_PORTS": json.dumps(ports)}


def environment_command(template: Path, function: str, fd: int) -> tuple[str, ...]:
    """Return the command of one execution environment that serves HTTP on the inherited socket `fd`."""
    return _module("local.environment", "--template", template, "--function", function, "--fd", fd)


def poller_command(template: Path, function: str, checkpoints: Path) -> tuple[str, ...]:
    """Return the command of one function's event source mapping, which keeps its checkpoint in that folder."""
    return _module("local.pollers", "--template", template, "--function", function, "--checkpoints", checkpoints)


def schedule_command(template: Path, function: str, announcement: Path) -> tuple[str, ...]:
    """Return the command of one function's schedules; it leaves word in the file `announcement` once it is ready."""
    return _module("local.schedules", "--template", template, "--function", function, "--announce", announcement)


def gateway_command(template: Path, fd: int) -> tuple[str, ...]:
    """Return the command of the gateway; it learns the services' ports from RECOURS_PORTS."""
    return _module("local.gateway", "--template", template, "--fd", fd)


def mail_catcher_command(smtp_fd: int, http_fd: int, directory: Path) -> tuple[str, ...]:
    """Return the command of the mail catcher."""
    return _module("local.mailcatcher", "--smtp-fd", smtp_fd, "--http-fd", http_fd, "--directory", directory)


def lab6_command(orders_fd: int, customers_fd: int) -> tuple[str, ...]:
    """Return the command of the simulated order and customer services."""
    return _module("local.lab6", "--orders-fd", orders_fd, "--customers-fd", customers_fd)


def _module(name: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *(str(argument) for argument in arguments))
