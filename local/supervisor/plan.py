"""Which processes a template asks for. Pure: nothing is started or bound here."""

import json
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.gateway.settings import Settings
from local.paths import DataDirectory
from local.servers.spec import Account
from local.state import Kind
from local.supervisor.probes import WaitReady
from local.template import Function, Template
from local.template.intrinsics import REGION

GATEWAY_PORT, OBSERVER_PORT, SMTP_PORT, MAIL_HTTP_PORT = 8100, 8108, 1025, 8025
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
    """Return the ports of the services that the template gives one; the others answer on the gateway's alone."""
    return {function.service: function.port for function in http_functions(template) if function.port is not None}


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


def child_environment(data: DataDirectory, service: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return what is added to our environment for a process of `service`."""
    return {
        "RECOURS_PARAMETERS": json.dumps(dict(parameters)),
        "PROMETHEUS_MULTIPROC_DIR": str(data.metrics(service)),
    }


def poller_command(
    template: Path, function: str, checkpoints: Path, debug_port: int | None = None, recorded: Path | None = None
) -> tuple[str, ...]:
    """Return the command of one function's event source mapping, which keeps its checkpoint in that folder."""
    told = ("--template", template, "--function", function, "--checkpoints", checkpoints)
    return _module("local.pollers", *told, *_told("--debug", debug_port), *_told("--record", recorded))


def schedule_command(
    template: Path, function: str, announcement: Path, debug_port: int | None = None, recorded: Path | None = None
) -> tuple[str, ...]:
    """Return the command of one function's schedules; it leaves word in the file `announcement` once it is ready."""
    told = ("--template", template, "--function", function, "--announce", announcement)
    return _module("local.schedules", *told, *_told("--debug", debug_port), *_told("--record", recorded))


def lambda_poller_command(template: Path, function: str, checkpoints: Path) -> tuple[str, ...]:
    """As `poller_command`, through the Lambda Invoke API."""
    return (*poller_command(template, function, checkpoints), "--invoked", function)


def lambda_schedule_command(template: Path, function: str, announcement: Path) -> tuple[str, ...]:
    """As `schedule_command`, through the Lambda Invoke API."""
    return (*schedule_command(template, function, announcement), "--invoked", function)


def lambda_api_environment(endpoint: str) -> dict[str, str]:
    """Return where boto3 is to invoke functions."""
    return {"AWS_ENDPOINT_URL_LAMBDA": endpoint, "AWS_REGION": REGION}


def gateway_command(settings: Settings) -> tuple[str, ...]:
    """Return the command of the gateway, which runs the functions too."""
    return _module("local.gateway", *settings.to_arguments())


def observer_command(fd: int, data: Path) -> tuple[str, ...]:
    """Return the command of the observer."""
    return _module("local.observing", "--fd", fd, "--data", data)


def mail_catcher_command(smtp_fd: int, http_fd: int, directory: Path) -> tuple[str, ...]:
    """Return the command of the mail catcher."""
    return _module("local.mailcatcher", "--smtp-fd", smtp_fd, "--http-fd", http_fd, "--directory", directory)


def lab6_command(orders_fd: int, customers_fd: int) -> tuple[str, ...]:
    """Return the command of the simulated order and customer services."""
    return _module("local.lab6", "--orders-fd", orders_fd, "--customers-fd", customers_fd)


def _told(option: str, value: object | None) -> tuple[str, ...]:
    return () if value is None else (option, str(value))


def _module(name: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *(str(argument) for argument in arguments))
