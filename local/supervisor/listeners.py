"""Every socket that a system listens on, bound before anything is started."""

import socket
from dataclasses import dataclass

from local.supervisor.errors import StartError
from local.supervisor.options import Ports
from local.supervisor.plan import GATEWAY_PORT, MAIL_HTTP_PORT, SMTP_PORT, service_ports
from local.supervisor.sockets import listen_on, port_of
from local.template import Template


@dataclass(frozen=True)
class Listeners:
    """The sockets by what they are for: gateway, mail and each service's name."""

    services: dict[str, socket.socket]
    gateway: socket.socket
    smtp: socket.socket
    mail_http: socket.socket

    def ports(self) -> dict[str, int]:
        """Return each service's port."""
        return {service: port_of(listener) for service, listener in self.services.items()}

    def close(self) -> None:
        """Let go of our copies: once the processes that inherited them end, a connection is refused."""
        for listener in (*self.services.values(), self.gateway, self.smtp, self.mail_http):
            listener.close()


def open_listeners(template: Template, ports: Ports) -> Listeners:
    """Bind all of them, or none. Raises StartError that names the port and who has it."""
    opened: list[socket.socket] = []

    def opening(port: int, purpose: str) -> socket.socket:
        opened.append(listen_on(port if ports == "fixed" else 0, purpose))
        return opened[-1]

    try:
        return Listeners(
            services={service: opening(port, service) for service, port in service_ports(template).items()},
            gateway=opening(GATEWAY_PORT, "gateway"),
            smtp=opening(SMTP_PORT, "mail catcher"),
            mail_http=opening(MAIL_HTTP_PORT, "mail catcher"),
        )
    except StartError:
        for listener in opened:
            listener.close()
        raise
