"""Every socket that a system listens on, bound before anything is started."""

import socket
from collections.abc import Callable
from dataclasses import dataclass

from local.supervisor.errors import StartError
from local.supervisor.lab6 import VARIABLES, Lab6Listeners
from local.supervisor.options import Ports
from local.supervisor.plan import (
    CUSTOMERS_PORT,
    GATEWAY_PORT,
    MAIL_HTTP_PORT,
    OBSERVER_PORT,
    ORDERS_PORT,
    SMTP_PORT,
    service_ports,
)
from local.supervisor.sockets import listen_on
from local.template import Template


@dataclass(frozen=True)
class MailListeners:
    """The sockets of the mail catcher."""

    smtp: socket.socket
    http: socket.socket


@dataclass(frozen=True)
class Listeners:
    """The sockets by what they are for; mail and Lab 6 where the template asks for them."""

    services: dict[str, socket.socket]
    gateway: socket.socket
    observer: socket.socket
    mail: MailListeners | None = None
    lab6: Lab6Listeners | None = None

    def close(self) -> None:
        """Let go of our copies: once the processes that inherited them end, a connection is refused."""
        lab6 = (self.lab6.orders, self.lab6.customers) if self.lab6 else ()
        mail = (self.mail.smtp, self.mail.http) if self.mail else ()
        for listener in (*self.services.values(), self.gateway, self.observer, *mail, *lab6):
            listener.close()


def open_listeners(template: Template, ports: Ports, *, mail: bool, lab6: bool) -> Listeners:
    """Bind all of them, or none. Raises StartError that names the port and who has it."""
    opened: list[socket.socket] = []

    def opening(port: int, purpose: str) -> socket.socket:
        opened.append(listen_on(port if ports == "fixed" else 0, purpose))
        return opened[-1]

    try:
        return Listeners(
            services={service: opening(port, service) for service, port in service_ports(template).items()},
            gateway=opening(GATEWAY_PORT, "gateway"),
            observer=opening(OBSERVER_PORT, "observer"),
            mail=_mail_listeners(opening) if mail else None,
            lab6=_lab6_listeners(opening) if lab6 else None,
        )
    except StartError:
        for listener in opened:
            listener.close()
        raise


def _mail_listeners(opening: Callable[[int, str], socket.socket]) -> MailListeners:
    return MailListeners(opening(SMTP_PORT, "mail catcher"), opening(MAIL_HTTP_PORT, "mail catcher"))


def _lab6_listeners(opening: Callable[[int, str], socket.socket]) -> Lab6Listeners:
    """Bind both. Who has Lab 6 itself on this machine learns how to use it."""
    try:
        return Lab6Listeners(opening(ORDERS_PORT, "simulated orders"), opening(CUSTOMERS_PORT, "simulated customers"))
    except StartError as error:
        raise StartError(f"{error}, or with --no-lab6, or with {' and '.join(VARIABLES)} set") from error
