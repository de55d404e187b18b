"""What may be served alone, and the process that does it."""

import json
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.gateway.settings import GATEWAY, Settings
from local.paths import DataDirectory
from local.serving.errors import ServeError
from local.supervisor.plan import (
    CUSTOMERS_PORT,
    GATEWAY_PORT,
    MAIL_HTTP_PORT,
    OBSERVER_PORT,
    ORDERS_PORT,
    SMTP_PORT,
    observer_command,
    service_ports,
)
from local.template import Function, Template

Listen = Callable[[int], socket.socket]
"""Opens a listening socket on a port."""

AUTH_MODE = "AuthMode"
"""The parameter that says whether callers need a token: `required` unless it is `off`."""


@dataclass(frozen=True)
class Part:
    """One process: its command, what its environment has more than ours, and the sockets that it inherits.

    `told_by_parent`: it answers no HTTP itself, so its parent tells its health and its metrics (those below `metrics`).
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    sockets: tuple[socket.socket, ...] = ()
    told_by_parent: bool = False
    metrics: Path | None = None


@dataclass(frozen=True)
class Place:
    """What all parts of one container share."""

    template: Path
    data: DataDirectory
    values: Mapping[str, str]
    """The template's parameters."""

    def environment(self, service: str) -> dict[str, str]:
        """What a process of `service` is told; its metrics' folder is made."""
        metrics = self.data.metrics(service)
        metrics.mkdir(parents=True, exist_ok=True)
        return {
            "RECOURS_PARAMETERS": json.dumps(dict(self.values)),
            "RECOURS_DATA": str(self.data.path),
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        }


def front(place: Place, template: Template, names: Sequence[str], listen: Listen, *, environments: int) -> Part:
    """API Gateway and Lambda for some services, each on its own port, and for all of them where `gateway` is named.

    `environments`: how many one function may have. Raises ServeError for a name that is neither.
    """
    ports = {GATEWAY: GATEWAY_PORT, **service_ports(template)}
    for name in names:
        if name not in ports:
            raise ServeError(f"{template.path.name} has no service {name}; there are: {', '.join(ports)}")
    sockets = {name: listen(ports[name]) for name in names}
    settings = Settings(
        template=place.template,
        data=place.data,
        listeners={name: one.fileno() for name, one in sockets.items()},
        announcement=None,
        processes_max=environments,
        obeys_skippable_authorizers=place.values.get(AUTH_MODE) != "off",
    )
    command = _module("local.gateway", *settings.to_arguments())
    return Part("-".join(names), command, place.environment(names[0]), tuple(sockets.values()))


def poller(place: Place, function: Function) -> Part:
    """The event source mapping of a function, which runs in children of the poller."""
    return _poller(place, function)


def lambda_poller(place: Place, function: Function, invoked: str) -> Part:
    """The event source mapping of a function that runs on Lambda, where it goes by `invoked`, a name or an ARN."""
    return _poller(place, function, "--invoked", invoked)


def schedule(place: Place, function: Function) -> Part:
    """The schedules of a function. Raises ServeError where it has none."""
    if not function.schedules:
        raise ServeError(f"{function.name} has no schedule")
    announcement = place.data.run / f"{function.name}.json"
    command = _module(
        "local.schedules", "--template", place.template, "--function", function.name, "--announce", announcement
    )
    return _told_by_parent(place, function, f"{function.name} schedule", command)


def observer(place: Place, listen: Listen) -> Part:
    """What the stores say of themselves, as metrics; processes of other containers cannot be seen from here."""
    listener = listen(OBSERVER_PORT)
    command = observer_command(listener.fileno(), place.data.path)
    return Part("observer", command, place.environment("observer"), (listener,))


def mail_catcher(place: Place, listen: Listen) -> Part:
    """The mail catcher, which takes text messages too."""
    smtp, http = listen(SMTP_PORT), listen(MAIL_HTTP_PORT)
    place.data.mail.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = _module(
        "local.mailcatcher", "--smtp-fd", smtp.fileno(), "--http-fd", http.fileno(), "--directory", place.data.mail
    )
    return Part("mailcatcher", command, sockets=(smtp, http))


def lab6(listen: Listen) -> Part:
    """The simulated order and customer systems."""
    orders, customers = listen(ORDERS_PORT), listen(CUSTOMERS_PORT)
    command = _module("local.lab6", "--orders-fd", orders.fileno(), "--customers-fd", customers.fileno())
    return Part("lab6", command, sockets=(orders, customers))


def _poller(place: Place, function: Function, *more: object) -> Part:
    if function.mapping is None:
        raise ServeError(f"{function.name} has no Metadata.EventSourceMapping")
    told = ("--template", place.template, "--function", function.name, "--checkpoints", place.data.path / "pollers")
    # A container is replaced by the next one, which may be there before the last is gone.
    command = _module("local.pollers", *told, "--stand-by", *more)
    return _told_by_parent(place, function, f"{function.name} poller", command)


def _told_by_parent(place: Place, function: Function, name: str, command: tuple[str, ...]) -> Part:
    environment, metrics = place.environment(function.service), place.data.metrics(function.service)
    return Part(name, command, environment, told_by_parent=True, metrics=metrics)


def _module(name: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *(str(argument) for argument in arguments))
